import { checkContainers, checkHost, type Finding } from '../host/doctor/checks';
import { gatherDoctorFacts, gatherEngineFacts } from '../host/doctor/facts';
import type { Host } from '../host/host';
import type { Output, Style } from './output';

/** `srt doctor [--json]`: exit 1 if something keeps commands from being sandboxed. */
export async function doctorCommand(options: Readonly<Record<string, unknown>>, host: Host, output: Output): Promise<number> {
  const findings = checkHost(gatherDoctorFacts(host, undefined), host);
  if (host.platform === 'linux') findings.push(checkContainers(await gatherEngineFacts(host)));
  if (options['json'] === true) output.result(JSON.stringify(findings, null, 2));
  else for (const finding of findings) output.result(describe(finding, output.resultStyle));
  return findings.some(({ status }) => status === 'fail') ? 1 : 0;
}

function describe({ check, status, found, remedy }: Finding, style: Style): string {
  const color = { ok: style.green, warn: style.yellow, fail: style.red }[status];
  const line = `${color(status.padEnd(4))}  ${check.padEnd(15)}  ${found}`;
  return remedy === undefined ? line : `${line}\n      ${' '.repeat(15)}  ${style.dim(`to do: ${remedy}`)}`;
}
