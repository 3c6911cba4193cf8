export { composePolicy, extendsRoot, isPresetName, MAX_EXTENDED_FILES, MAX_EXTENDS_DEPTH, type ComposedPolicy, type ComposeOptions, type ComposeProblem, type ComposeResult, type PolicyLayer, type PolicySource, type PolicyText, type ReadPolicy } from './compose';
export { extendsFiles, extendsOthers, extendsProblems } from './extends-problems';
export { untrustedPolicy, type LeftOut } from './limit-workspace';
export type { LayerName, PolicyOrigins, RuleOrigin } from './origins';
