import { checkHost } from '../host/doctor/checks';
import { gatherDoctorFacts } from '../host/doctor/facts';
import type { Host } from '../host/host';
import { currentHost } from '../host/host';
import { defaultWritePaths, expandPath, ROOT_DIRECTORY } from '../policy';

export interface SandboxDependencyCheck {
  errors: string[];
  warnings: string[];
}

/** What every policy may write. */
export function getDefaultWritePaths(): string[] {
  return defaultWritePaths.map((path) => expandPath(path, { base: ROOT_DIRECTORY, home: currentHost().home }));
}

/** 1 or 2 in the Windows Subsystem for Linux, undefined elsewhere. */
export function getWslVersion(): string | undefined {
  const version = currentHost().readText('/proc/version') ?? '';
  const named = /WSL(\d)/i.exec(version)?.[1];
  return named ?? (/microsoft/i.test(version) ? '1' : undefined);
}

export function dependencyCheck(host: Host): SandboxDependencyCheck {
  const findings = checkHost(gatherDoctorFacts(host, undefined), host);
  const texts = (status: 'fail' | 'warn'): string[] => findings.filter((finding) => finding.status === status).map(({ check, found, remedy }) => `${check}: ${found}${remedy === undefined ? '' : `. ${remedy}`}`);
  return { errors: texts('fail'), warnings: texts('warn') };
}
