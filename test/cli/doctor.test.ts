import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { checkContainers, checkHost, type Finding } from 'sandbox-core/internal/host/doctor/checks';
import type { DoctorFacts, EngineFacts } from 'sandbox-core/internal/host/doctor/facts';

import { absolutePath } from 'sandbox-core/policy';

import { root, srt, srtCommand } from '../support/cli';
import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const HEALTHY: DoctorFacts = {
  platform: 'linux',
  architecture: 'x64',
  node: 'v20.20.2',
  kernel: '6.1.0-18-amd64',
  bubblewrap: { path: '/usr/bin/bwrap', version: '0.8.0', isSetuid: false, trial: '', mountsProc: true },
  helper: { path: '/opt/srt-helper', version: '0.1.0', supervision: '' },
  hasCompiler: true,
  seccompActions: 'kill_process trap errno user_notif allow',
  hasFuse: false,
  sessions: { directory: '/tmp' },
};

function troubles(facts: Partial<DoctorFacts>, files: Readonly<Record<string, string>> = {}): string[] {
  const findings = checkHost({ ...HEALTHY, ...facts }, { readText: (path) => files[path] });
  assert.deepEqual(findings.filter(({ status, remedy }) => (status === 'ok') !== (remedy === undefined)), [], 'a remedy for each trouble, and for nothing else');
  return findings.flatMap(({ check, status, found, remedy }) => (status === 'ok' ? [] : [`${status} ${check}: ${found} -> ${remedy}`]));
}

describe('srt doctor', () => {
  it('has nothing to say of a healthy machine', () => {
    assert.deepEqual(troubles({}), []);
  });

  it('says which containers there can be, and never fails for them', () => {
    const engine = { kind: 'podman', program: absolutePath('/usr/bin/podman'), runtimes: ['crun', 'runc'] } as const;
    const found = (description: EngineFacts['description']): string => Object.values(checkContainers({ ...engine, description })).join(' ');
    assert.match(found({ version: '4.3.1', isRootless: true, runtimes: ['crun'], limits: { controllers: ['memory', 'pids'], instead: 'x' } }), /^containers ok podman 4\.3\.1, rootless; runtimes crun, runc; can limit memory, pids$/);
    assert.match(found('newuidmap: no such file'), /^containers warn podman does not answer: newuidmap.*uidmap/);
    assert.match(Object.values(checkContainers(undefined)).join(' '), /^containers ok no Podman or Docker/);
  });

  it('tells that another sandbox is around, whose supervisor is the only one there can be', { skip: whyNotEnforced() ?? false }, async (context) => {
    // The checkout may lie below /tmp, which is a sandbox's own but for what the policy names.
    const home = temporaryDirectory(context, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowRead: [root] } })) });
    const findings = async (...before: string[]): Promise<Finding[]> => JSON.parse((await srt([...before, 'doctor', '--json'], { cwd: home, env: { HOME: home } })).stdout) as Finding[];
    const ofNotifications = (all: readonly Finding[]): string => all.flatMap(({ check, status }) => (check === 'seccomp-notify' ? [status] : [])).join();
    assert.equal(ofNotifications(await findings()), 'ok');
    assert.equal(ofNotifications(await findings('-q', '-s', 'policy.json', process.execPath, srtCommand)), 'fail');
  });

  it('takes a program that does not tell its version for no bubblewrap', () => {
    const [found] = troubles({ bubblewrap: { path: '/bin/false', version: '', isSetuid: false, trial: '', mountsProc: true } });
    assert.match(found ?? '', /^fail bubblewrap: \/bin\/false does not tell its version -> expected bubblewrap/);
  });

  it('names each trouble with its remedy', () => {
    const bubblewrap = { path: '/usr/bin/bwrap', version: '0.8.0', isSetuid: false, trial: 'bwrap: setting up uid map: Permission denied', mountsProc: true };
    const { bubblewrap: _bubblewrap, helper: _helper, ...bare } = HEALTHY;
    assert.match(troubles({ bubblewrap }, { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' })[0] ?? '', /^fail namespaces: AppArmor .* -> Install the profile/);
    assert.match(troubles({ bubblewrap }, { '/proc/sys/kernel/unprivileged_userns_clone': '0' })[0] ?? '', /sysctl -w kernel\.unprivileged_userns_clone=1/);
    assert.match(troubles({ bubblewrap }, { '/.dockerenv': '' })[0] ?? '', /^fail namespaces: this is a container .*seccomp=unconfined/);
    assert.match(troubles({ bubblewrap: { ...bubblewrap, version: '0.4.0', isSetuid: true, trial: '' } }).join('\n'), /^fail bubblewrap: \/usr\/bin\/bwrap 0\.4\.0 -> expected bubblewrap 0\.8\.0 or newer.*\nwarn bubblewrap-cves: CVE-2020-5291/);
    assert.match(troubles({ bubblewrap: { ...bubblewrap, isSetuid: true, trial: '' } })[0] ?? '', /chmod u-s \/usr\/bin\/bwrap/);
    assert.match(troubles({ bubblewrap: { ...bubblewrap, trial: '', mountsProc: false } })[0] ?? '', /^fail proc: no new \/proc .*enableWeakerNestedSandbox/);
    assert.match(troubles({ seccompActions: 'errno allow' })[0] ?? '', /^fail seccomp-notify/);
    assert.match(troubles({ helper: { path: '/opt/srt-helper', version: '0.1.0', supervision: 'supervised' } })[0] ?? '', /^fail seccomp-notify: calls here are supervised by another sandbox already.* -> Run srt outside/);
    assert.deepEqual(troubles({ sessions: { directory: '/etc', obstacle: 'expected x, but y. Set TMPDIR' } }), ['fail sessions: expected x, but y -> Set TMPDIR']);
    assert.match(troubles({ openFiles: 20 })[0] ?? '', /^fail open-files: only 20 .*ulimit -n/);
    assert.match(troubles({ openFiles: 64 })[0] ?? '', /^warn open-files/);
    assert.match(troubles({ ptraceScope: '3' })[0] ?? '', /ptrace_scope to 2/);
    assert.deepEqual([troubles({ node: 'v18.20.0' }).length, troubles({ kernel: '5.10.0-30-amd64' }).length, troubles({ platform: 'macos' }).length, troubles({ platform: 'windows' }).length], [1, 1, 1, 1]);
    const findings = checkHost({ ...bare, hasCompiler: false }, { readText: () => undefined });
    assert.deepEqual(findings.filter(({ status }) => status === 'fail').map(({ check }) => check), ['bubblewrap', 'namespaces', 'helper', 'compiler']);
  });

  it('says why a run has no place for its files, or no files at all, and so does the run', { skip: whyNotEnforced() ?? false }, async (context) => {
    const temporary = temporaryDirectory(context, { [`srt-${process.getuid?.()}/`]: '' });
    chmodSync(join(temporary, `srt-${process.getuid?.()}`), 0o755);
    const { code, stdout } = await srt(['doctor'], { cwd: root, env: { TMPDIR: temporary } });
    assert.equal(code, 1);
    assert.match(stdout, /^fail +sessions +expected .* with mode 0700, but its mode is 0755\n +to do: /m);
    const limited = (command: string): string => spawnSync('bash', ['-c', `ulimit -n 20; exec '${process.execPath}' '${srtCommand}' ${command}`], { cwd: root, encoding: 'utf8', env: { ...process.env, HOME: temporary } }).stdout;
    assert.match(limited('doctor'), /^fail +open-files +only 20 .*\n +to do: .*ulimit -n/m);
    writeFileSync(join(temporary, '.srt-settings.json'), JSON.stringify(policyOf()));
    assert.equal(limited('true 2>&1'), 'Error: expected to be able to open files, but all files that this process may have open are (EMFILE). Raise the limit: ulimit -n 1024\n');
  });

  it('looks at this machine, a line a fact', { skip: whyNotEnforced() ?? false }, async () => {
    const { code, stdout } = await srt(['doctor'], { cwd: root });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {4}bubblewrap +\/\S+ \d/m);
    const json = await srt(['doctor', '--json'], { cwd: root });
    const findings = JSON.parse(json.stdout) as Finding[];
    assert.deepEqual(findings.map(({ status }) => status), findings.map(() => 'ok'));
    assert.equal(findings.length, stdout.trim().split('\n').length);
  });
});
