/** `sandbox-core/policy`: what a policy means. Pure: no disk, no network, no processes. */
export * from './absolute-path';
export { decide, type Decision, type PolicyRequest } from './decide';
export { applyEdit, textEdits } from './edit';
export { canonicalHost, isAddress, type CanonicalHost } from './host-name';
export { ALLOWED_DOMAIN, DENIED_DOMAIN, HOST_ONLY, matchesHost, parseHostPattern, type HostPattern, type HostPatternGrammar, type HostPatternResult } from './host-pattern';
export { nodeAt, parsePolicy, printable, rangeOf, type PolicySyntax } from './parse';
export { isGlob, matchDepth, nameBelow, toPathPattern, withoutSubtreeSuffix, type GlobPattern, type PathPattern } from './path-pattern';
export * from './pointer';
export type { Policy } from './policy.generated';
export { policySchema } from './policy-schema.generated';
export { problemSeverities, type Fix, type PolicyEdit, type Problem, type ProblemCode, type Severity, type TextRange } from './problem';
export { defaultWritePaths, protectionRule, protections, protectionsInForce, rulesBelow, rulesIn, rulesInHome, type MissingPathProtection, type Protection, type ProtectedName, type ProtectedPlace } from './protections';
export { namedPaths, resolvePolicy, type HostRule, type PathRule, type ResolveContext, type ResolvedPolicy, type RuleReference } from './resolve';
export { schemaAt, type PolicyPlatform, type SchemaNode } from './schema';
export { rangeAt, validatePolicy, type ValidatedPolicy } from './validate';
export { allowHostEdit, describeViolation, violationFixes } from './violation-fixes';
export type { Violation } from './violation.generated';
