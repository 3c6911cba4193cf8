import { SandboxError } from '../errors';
import { printable } from '../policy';
import type { AccessDecision, AccessRequest } from './evaluate';

/** The policy does not allow it. `decision` has the rule. */
export class AccessDeniedError extends SandboxError {
  constructor(
    readonly request: AccessRequest,
    readonly decision: AccessDecision,
  ) {
    super('access-denied', `the policy does not allow this: ${describeRequest(request)}: ${decision.reason}`);
  }
}

function describeRequest(request: AccessRequest): string {
  if ('path' in request) return `${request.kind} ${printable(request.path, 400)}`;
  if ('host' in request) return `${request.kind} ${printable(request.host, 300)}`;
  return request.kind;
}
