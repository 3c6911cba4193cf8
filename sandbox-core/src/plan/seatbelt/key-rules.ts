import type { AbsolutePath, Policy } from '../../policy';
import type { SeatbeltFilter, SeatbeltRule } from './profile';

const TERMINAL_DEVICES: readonly SeatbeltFilter[] = [
  { kind: 'literal', path: '/dev/ptmx' as AbsolutePath }, // a normalized constant
  { kind: 'regex', source: '^/dev/ttys[0-9]+$' },
];

const TRUST_SERVICE = 'com.apple.trustd.agent';
/** Opening documents and programs through others. */
const LAUNCH_SERVICES = ['com.apple.coreservices.appleevents', 'com.apple.CoreServices.coreservicesd', 'com.apple.coreservices.quarantine-resolver'];

/** What the keys for macOS alone open. srt: allowPty, allowAppleEvents, enableWeakerNetworkIsolation, network.allowMachLookup. */
export function keyRules(policy: Policy): SeatbeltRule[] {
  const names = policy.network.allowMachLookup ?? [];
  return [
    ...(names.length > 0 ? [allow(['mach-lookup'], names.map(machFilter))] : []),
    ...(policy.enableWeakerNetworkIsolation === true ? [allow(['mach-lookup'], [machFilter(TRUST_SERVICE)])] : []),
    ...(policy.allowAppleEvents === true ? [allow(['appleevent-send', 'lsopen'], []), allow(['mach-lookup'], LAUNCH_SERVICES.map(machFilter))] : []),
    ...(policy.allowPty === true ? [allow(['pseudo-tty'], []), allow(['file-ioctl', 'file-read-data', 'file-write-data'], TERMINAL_DEVICES)] : []),
  ];
}

/** A trailing `*` makes a name a prefix; `*` alone is every name. */
function machFilter(name: string): SeatbeltFilter {
  return name.endsWith('*') ? { kind: 'mach-prefix', name: name.slice(0, -1) } : { kind: 'mach-name', name };
}

function allow(operations: SeatbeltRule['operations'], filters: readonly SeatbeltFilter[]): SeatbeltRule {
  return { action: 'allow', operations, filters };
}
