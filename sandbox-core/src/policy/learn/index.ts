export type { ContactedHost, EntryList, LearnedEntry, LearnFacts, NotProposed, Observations, WrittenPath } from './observations';
export { type PolicyProposal, proposePolicy, withEntries } from './propose';
export { recordingPolicy, type RecordingOptions } from './recording';
