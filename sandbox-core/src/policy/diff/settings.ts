import { effectiveSettings } from './setting-values';
import { RESTRICTIVE_VALUE } from '../layers/merge-keys';
import { describePointer } from '../pointer';
import type { Policy } from '../policy.generated';

export interface SettingChanges {
  readonly widened: readonly string[];
  readonly narrowed: readonly string[];
  readonly undecided: readonly string[];
}

/** Lists beside those of paths and hosts: what one more entry does. */
const MORE_ENTRIES: Readonly<Record<string, 'widens' | 'narrows'>> = {
  '/network/allowUnixSockets': 'widens',
  '/network/allowMachLookup': 'widens',
  '/network/deniedResolvedAddresses': 'narrows',
  '/network/stripResponseHeaders': 'narrows',
  '/filesystem/liftProtections': 'widens',
  '/git/safeDirectories': 'widens',
};

/** Path and host lists are asked about, not compared; texts for people change nothing. */
const COMPARED_ELSEWHERE = new Set(['/network/allowedDomains', '/network/deniedDomains', '/filesystem/denyRead', '/filesystem/allowRead', '/filesystem/allowWrite', '/filesystem/denyWrite', '/filesystem/disabled', '/network/deniedDomainReasons', '/ignoreViolations', '/$schema', '/extends']);

/** What differs outside of the rules for paths and hosts. */
export function settingChanges(before: Policy, after: Policy): SettingChanges {
  const widened: string[] = [];
  const narrowed: string[] = [];
  const undecided: string[] = [];
  for (const { pointer, was, is } of effectiveSettings(before, after)) {
    if (COMPARED_ELSEWHERE.has(pointer)) continue;
    const name = describePointer(pointer);
    const direction = MORE_ENTRIES[pointer];
    const restrictive = RESTRICTIVE_VALUE.get(pointer);
    if (direction !== undefined) {
      for (const entry of missingFrom(was, is)) (direction === 'widens' ? widened : narrowed).push(`${name}: ${entry}`);
      for (const entry of missingFrom(is, was)) (direction === 'widens' ? narrowed : widened).push(`${name}: ${entry}`);
    } else if (restrictive !== undefined) (is === restrictive ? narrowed : widened).push(`${name}: ${String(is)}`);
    else if (pointer === '/credentials/envVars') credentialChanges(was, is, { widened, narrowed, undecided });
    else undecided.push(`${name} differs; whether that allows more is not known`);
  }
  return { widened, narrowed, undecided };
}

function missingFrom(list: unknown, other: unknown): string[] {
  const known = new Set((Array.isArray(list) ? list : []).map((entry) => JSON.stringify(entry)));
  return (Array.isArray(other) ? other : []).map((entry) => JSON.stringify(entry)).filter((entry) => !known.has(entry));
}

interface Changes {
  readonly widened: string[];
  readonly narrowed: string[];
  readonly undecided: string[];
}

interface Variable {
  readonly name: string;
  readonly mode: string;
}

function credentialChanges(was: unknown, is: unknown, { widened, narrowed, undecided }: Changes): void {
  const modes = (list: unknown): Map<string, string> => new Map((Array.isArray(list) ? (list as readonly Variable[]) : []).map(({ name, mode }) => [name, mode])); // validated
  const [before, after] = [modes(was), modes(is)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(name) === after.get(name)) continue;
    if (!before.has(name)) narrowed.push(`credentials.envVars: ${name} is hidden`);
    else if (!after.has(name)) widened.push(`credentials.envVars: ${name} is no longer hidden`);
    else undecided.push(`credentials.envVars: the mode of ${name} differs`);
  }
}
