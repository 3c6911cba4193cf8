export { diffPolicies, type PolicyChangeInEffect, type PolicyDiff } from './diff';
