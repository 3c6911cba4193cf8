/** What the server needs of the world besides its connection. */
export interface Runtime {
  /** The text of a file that is not open in the client; undefined if it cannot be read, or is not a file at all. */
  readFile(uri: string): string | undefined;
  /** @param milliseconds at least */
  schedule(task: () => void, milliseconds: number): Scheduled;
}

export interface Scheduled {
  cancel(): void;
}
