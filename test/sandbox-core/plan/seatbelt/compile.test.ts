import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../../support/properties';
import { seatbeltArguments } from 'sandbox-core/internal/plan/seatbelt/compile';
import { PREAMBLE } from 'sandbox-core/internal/plan/seatbelt/preamble';
import { absolutePath, type Policy } from 'sandbox-core/policy';

import { assertGolden } from '../../../support/golden';
import { policyOf, resolved } from '../../../support/policies';
import { evaluateProfile, parseProfile, type SeatbeltRequest } from '../../../support/seatbelt';
import { compileSeatbelt, profileOf, SEATBELT_FACTS } from '../../../support/seatbelt-plan';

const POLICIES: Readonly<Record<string, Policy>> = {
  'nothing but reading': policyOf(),
  'a project': policyOf({ filesystem: { denyRead: ['~/.ssh', '~/.aws'], allowWrite: ['.'], denyWrite: ['.env'] } }),
  'an exception below a denial': policyOf({ filesystem: { denyRead: ['/Users'], allowRead: ['/Users/me/project'], allowWrite: ['/Users/me/project/out'] } }),
  'a denial below an exception': policyOf({ filesystem: { denyRead: ['/Users', '/Users/me/project/secrets'], allowRead: ['/Users/me/project'] } }),
  'an exception for all that is written': policyOf({ filesystem: { denyRead: ['/private'], allowRead: ['/private/var'], allowWrite: ['/private/tmp', '/private/var/folders'] } }),
  'everything hidden but the system': policyOf({ filesystem: { denyRead: ['/'], allowRead: ['/usr', '/bin', '/System', '/Library', '/dev', '/private/etc'] } }),
  'patterns of one depth': policyOf({ filesystem: { denyRead: ['/repo/*.key'], allowRead: ['/repo/public.key'], allowWrite: ['/repo/build-?'], denyWrite: ['/repo/[ab]*'] } }),
  'patterns of any depth': policyOf({ filesystem: { denyRead: ['/**/.env', '/repo/**/id_*'], allowRead: ['/repo/examples'], allowWrite: ['/repo'], denyWrite: ['/repo/**/*.lock'] } }),
  'a pattern of any depth as exception': policyOf({ filesystem: { denyRead: ['/data'], allowRead: ['/data/**/public'] } }),
  'names that look like patterns': policyOf({ filesystem: { denyRead: [{ path: '/repo/[draft] *', literal: true }], allowWrite: [{ path: '/repo/a?b', literal: true }] } }),
  'names that look like a profile': policyOf({ filesystem: { denyRead: ['/repo/")(allow default)("'], allowWrite: ['/repo/\\', '/repo/#"x'], denyWrite: ['/repo/;x', '/repo/(.*)/$^|+'] } }),
  'credentials': policyOf({ filesystem: { allowRead: ['~/.netrc'], allowWrite: ['~'] }, credentials: { files: [{ path: '~/.netrc', mode: 'deny' }], envVars: [{ name: 'TOKEN', mode: 'deny' }] } }),
  'no path rules': policyOf({ filesystem: { disabled: true, denyRead: ['~/.ssh'] } }),
  'services of this machine': policyOf({ network: { allowedDomains: ['localhost:5432', 'localhost:6379', '*.example.com'], deniedDomains: ['127.0.0.1:6379'] } }),
  'all services of this machine but one': policyOf({ network: { allowedDomains: ['localhost'], deniedDomains: ['localhost:22', '*:25'] } }),
  'servers of its own': policyOf({ network: { allowLocalBinding: true } }),
  'Unix sockets by path': policyOf({ network: { allowUnixSockets: ['/var/run/docker.sock', '~/.gnupg/S.gpg-agent'] } }),
  'all Unix sockets': policyOf({ network: { allowAllUnixSockets: true, allowUnixSockets: ['/var/run/docker.sock'] } }),
  'services by name': policyOf({ network: { allowMachLookup: ['com.apple.pasteboard.1', 'org.example.*', '*'] } }),
  'every key for macOS': policyOf({ allowPty: true, allowAppleEvents: true, enableWeakerNetworkIsolation: true }),
};

function rulesOf(policy: Policy): string {
  return profileOf(resolved(policy)).split(PREAMBLE + '\n')[1]!;
}

describe('the Seatbelt profile of a policy', () => {
  it('is what it was, for every kind of rule', () => {
    const profiles = Object.entries(POLICIES).map(([name, policy]) => `# ${name}\n${JSON.stringify(policy)}\n${rulesOf(policy)}`);
    assertGolden('golden/seatbelt-profiles.txt', profiles.join('\n'));
  });

  it('is handed to sandbox-exec as one argument, and the command behind it as it is', () => {
    const { plan } = compileSeatbelt(resolved(POLICIES['a project']!));
    assertGolden('golden/seatbelt-plan.json', JSON.stringify(plan, null, 2) + '\n');
    const [flag, profile, end, ...command] = seatbeltArguments(plan!);
    assert.deepEqual([flag, end, ...command], ['-p', '--', 'make', 'all']);
    assert.ok(profile!.startsWith('(version 1)\n(deny default (with message "srt-test-1"))\n(allow process-exec'));
  });

  it('parses, and marks every denial', () => {
    for (const policy of Object.values(POLICIES)) {
      const profile = parseProfile(profileOf(resolved(policy)));
      assert.deepEqual(profile[0], ['version', '1']);
      for (const rule of profile.slice(1) as (readonly unknown[])[]) if (rule[0] === 'deny') assert.deepEqual(rule.at(-1), ['with', 'message', { text: 'srt-test-1' }]);
    }
  });

  it('has one string for one text, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/\p{Cc}|\/|^\.{1,2}$/u.test(text)), (name) => {
        const policy = policyOf({ filesystem: { denyRead: [{ path: `/x/${name}`, literal: true }], allowWrite: [{ path: '/x', literal: true }] } });
        const profile = parseProfile(profileOf(resolved(policy)));
        assert.equal(evaluateProfile(profile, { operation: 'file-read-data', path: `/x/${name}` }).outcome, 'deny');
        assert.equal(evaluateProfile(profile, { operation: 'file-write-data', path: '/elsewhere' }).outcome, 'deny');
        assert.equal(evaluateProfile(profile, { operation: 'network-outbound', remote: 'localhost:1' }).outcome, 'deny');
      }),
      { numRuns: 300 },
    );
  });
});

describe('the network in a Seatbelt profile', () => {
  const outcomes = (name: string, requests: readonly Partial<SeatbeltRequest>[]): string[] => {
    const profile = parseProfile(profileOf(resolved(POLICIES[name]!)));
    return requests.map((request) => evaluateProfile(profile, { operation: 'network-outbound', ...request }).outcome);
  };

  it('is the proxy, and nothing else', () => {
    assert.deepEqual(outcomes('a project', [{ remote: 'localhost:51000' }, { remote: 'localhost:51001' }, { remote: 'elsewhere:443' }, { operation: 'network-bind', local: 'localhost:51000' }]), ['allow', 'deny', 'deny', 'deny']);
  });

  it('has the local ports that are allowed under every name they have', () => {
    assert.deepEqual(outcomes('services of this machine', [{ remote: 'localhost:5432' }, { remote: 'localhost:6379' }, { remote: 'localhost:80' }]), ['allow', 'deny', 'deny']);
    assert.deepEqual(outcomes('all services of this machine but one', [{ remote: 'localhost:80' }, { remote: 'localhost:22' }, { remote: 'localhost:25' }, { remote: 'elsewhere:80' }]), ['allow', 'deny', 'deny', 'deny']);
  });

  it('has Unix sockets below the allowed paths only', () => {
    const asked = ['/var/run/docker.sock', '/var/run/docker.sock.d', '/home/me/.gnupg/S.gpg-agent'].map((remoteSocket) => ({ remoteSocket }));
    assert.deepEqual(outcomes('Unix sockets by path', asked), ['allow', 'deny', 'allow']);
    assert.deepEqual(outcomes('all Unix sockets', asked), ['allow', 'allow', 'allow']);
    assert.deepEqual(outcomes('a project', asked), ['deny', 'deny', 'deny']);
  });
});

describe('the keys for macOS', () => {
  const can = (policy: Policy, request: SeatbeltRequest): string => evaluateProfile(parseProfile(profileOf(resolved(policy))), request).outcome;
  const cases: readonly (readonly [key: Partial<Policy>, request: SeatbeltRequest])[] = [
    [{ allowPty: true }, { operation: 'pseudo-tty' }],
    [{ allowPty: true }, { operation: 'file-ioctl', path: '/dev/ttys004' }],
    [{ allowAppleEvents: true }, { operation: 'appleevent-send' }],
    [{ allowAppleEvents: true }, { operation: 'mach-lookup', name: 'com.apple.coreservices.appleevents' }],
    [{ enableWeakerNetworkIsolation: true }, { operation: 'mach-lookup', name: 'com.apple.trustd.agent' }],
    [policyOf({ network: { allowMachLookup: ['org.example.*'] } }), { operation: 'mach-lookup', name: 'org.example.helper' }],
  ];

  it('open what they name, and without them it is closed', () => {
    for (const [key, request] of cases) {
      assert.equal(can(policyOf(key), request), 'allow', JSON.stringify([key, request]));
      assert.equal(can(policyOf(), request), 'deny', JSON.stringify(request));
    }
  });
});

describe('what no Seatbelt profile can hold', () => {
  const refused = (policy: Policy): string[] => compileSeatbelt(resolved(policy)).refusals.map(({ code, pointer }) => `${code} ${pointer}`);

  it('is refused by name', () => {
    assert.deepEqual(refused(policyOf({ filesystem: { denyRead: ['/repo/**/.env'], allowRead: ['/repo/**/examples'] } })), ['not-expressible /filesystem/denyRead/0']);
    assert.deepEqual(refused(policyOf({ filesystem: { denyRead: ['/repo/[a/b]c'] } })), ['not-expressible /filesystem/denyRead/0']);
    assert.deepEqual(refused(policyOf({ filesystem: { denyRead: ['/' + 'x'.repeat(1024)] } })), ['not-expressible /filesystem/denyRead/0']);
    for (const list of ['denyRead', 'allowWrite', 'denyWrite'] as const)
      for (const entry of [`/${'*a'.repeat(300)}`, '/x/\ud800/y']) assert.deepEqual(refused(policyOf({ filesystem: { [list]: [entry] } })), [`not-expressible /filesystem/${list}/0`], `${list} ${JSON.stringify(entry.slice(0, 10))}`);
    assert.deepEqual(refused(policyOf({ filesystem: { allowWrite: [`/${'*a'.repeat(30)}`, '/x/\u{1f600}/y'] } })), []);
    assert.deepEqual(refused(policyOf({ filesystem: { allowWrite: ['/repo/a\nb'] } })), ['not-expressible /filesystem/allowWrite/0']);
    assert.deepEqual(refused(policyOf({ network: { allowMachLookup: ['a', 'b\u0007'], allowUnixSockets: ['/s\n'] } })), ['not-expressible /network/allowUnixSockets/0', 'not-expressible /network/allowMachLookup/1']);
    assert.deepEqual(refused(policyOf({ network: { tlsTerminate: {} } })), ['not-enforced-yet /network/tlsTerminate']);
  });

  it('is not refused for keys of other platforms', () => {
    assert.deepEqual(refused(policyOf({ enableWeakerNestedSandbox: true, allowNestedUserNamespaces: true })), []);
  });
});

describe('the environment on macOS', () => {
  it('names the proxy, and leaves out what would go around it', () => {
    const { plan } = compileSeatbelt(resolved(POLICIES['credentials']!));
    const { environment } = plan!;
    assert.equal(environment['HTTPS_PROXY'], 'http://srt:secret@localhost:51000');
    assert.equal(environment['http_proxy'], environment['HTTPS_PROXY']);
    assert.deepEqual([environment['NO_PROXY'], environment['TOKEN'], environment['TMPDIR'], environment['PATH']], ['', undefined, '/private/tmp/srt-501/session-x/tmp', '/usr/bin:/bin']);
  });

  it('leaves servers of its own to direct connections, and the directory for temporary files to the caller', () => {
    const facts = { ...SEATBELT_FACTS, environment: { CLAUDE_CODE_TMPDIR: '/mine' } };
    const { plan } = compileSeatbelt(resolved(POLICIES['servers of its own']!), facts);
    assert.deepEqual([plan!.environment['NO_PROXY'], plan!.environment['TMPDIR']], ['localhost,127.0.0.1,::1', '/mine']);
  });

  it('takes a tag that cannot end the text it is put in', () => {
    const { plan } = compileSeatbelt(resolved(policyOf()), { ...SEATBELT_FACTS, tag: 'x") (allow default) ("', paths: new Map([[absolutePath('/'), { kind: 'directory', canonical: absolutePath('/'), isLink: false }]]) });
    assert.throws(() => seatbeltArguments(plan!), RangeError);
  });
});
