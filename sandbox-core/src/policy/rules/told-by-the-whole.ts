import type { ProblemCode } from '../problem';

/**
 * What only the whole policy can tell: a file that this one extends may allow, deny or set what is missing here. The errors among
 * them are found when the files are put together (layers/compose.ts).
 */
export const TOLD_BY_THE_WHOLE: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'dead-allow-read',
  'dead-deny-write',
  'secrets-readable',
  'inject-host-not-allowed',
  'mask-reaches-no-host',
  'mask-without-termination',
  'aws-pair',
  'orphan-reason',
  'inert-key',
  'opaque-tunnels-refused',
  'broker-without-hosts',
]);
