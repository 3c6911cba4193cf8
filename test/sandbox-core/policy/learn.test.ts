import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, decide, proposePolicy, resolvePolicy, resolveWithoutDisk, withEntries, type ContactedHost, type Observations, type Policy, type ResolvedPolicy, type WrittenPath } from 'sandbox-core/policy';

import { BASE, HOME, policyOf, resolved } from '../../support/policies';
import { fc } from '../../support/properties';

const PROGRAMS = absolutePath('/home/me/tools/bin');

function observed(parts: Partial<Observations>): Observations {
  return { changedProject: false, written: [], hosts: [], violations: [], ...parts };
}

function proposed(parts: Partial<Observations>, existing: readonly string[] = [], base: ResolvedPolicy = resolved(policyOf())): { readonly entries: string[]; readonly notProposed: string[]; readonly directories: readonly string[] } {
  const { entries, notProposed, directories } = proposePolicy(observed(parts), base, false, { programDirectories: [PROGRAMS], exists: (path) => existing.includes(path) });
  return { entries: entries.map(({ list, value }) => `${list} ${value}`), notProposed: notProposed.map(({ kind, target }) => `${kind} ${target}`), directories };
}

function hosts(...names: string[]): ContactedHost[] {
  return names.map((name) => {
    const [host = '', port] = name.split(' ');
    return { host, ...(port !== undefined && { port: Number(port) }), count: 1 };
  });
}

function files(...paths: string[]): WrittenPath[] {
  return paths.map((path) => ({ path: absolutePath(path), kind: 'file' }));
}

describe('hosts of a proposal', () => {
  const entriesFor = (...names: string[]): string[] => proposed({ hosts: hosts(...names) }).entries;

  it('are presets and known sets where there are any', () => {
    assert.deepEqual(entriesFor('packages.npmjs.org 443', 'codeload.github.com 443'), ['extends github', 'extends node']);
    assert.deepEqual(entriesFor('packages.rubygems.org 443'), ['allowedDomains rubygems.org', 'allowedDomains *.rubygems.org']);
  });

  it('are wildcards for three of one owner, and themselves otherwise', () => {
    assert.deepEqual(entriesFor('a.example.com 443', 'b.example.com 443', 'c.example.com 80', 'other.test 8443'), ['allowedDomains *.example.com', 'allowedDomains other.test:8443']);
    assert.deepEqual(entriesFor('a.example.com 443', 'b.example.com 443', 'example.com 443'), ['allowedDomains example.com', 'allowedDomains *.example.com']);
    assert.deepEqual(entriesFor('a.github.io 443', 'b.github.io 443', 'c.github.io 443'), ['allowedDomains a.github.io', 'allowedDomains b.github.io', 'allowedDomains c.github.io']);
    assert.deepEqual(entriesFor('a.example.com', 'a.example.com 443'), ['allowedDomains a.example.com']);
  });

  it('are none that the policy allows already, and no name without a dot', () => {
    const base = resolved(policyOf({ network: { allowedDomains: ['*.example.com'] } }));
    assert.deepEqual(proposed({ hosts: hosts('a.example.com 443', 'db 5432') }, [], base), { entries: [], notProposed: ['local db:5432'], directories: [] });
  });

  it('are no metadata service', () => {
    assert.deepEqual(proposed({ hosts: hosts('metadata.google.internal', 'metadata.goog 8080', '100.100.100.200 80', 'fd00:ec2::254 81') }), { entries: [], notProposed: ['local metadata.google.internal', 'local metadata.goog:8080', 'local 100.100.100.200', 'local [fd00:ec2::254]:81'], directories: [] });
  });
});

describe('paths of a proposal', () => {
  it('are the directory that a program keeps its things in', () => {
    const { entries, directories } = proposed({ written: files('/home/me/.cache/tool/a/b', '/home/me/.cache/tool/c', '/home/me/.config/other/x', '/home/me/.npm/_cacache/x/y', '/home/me/.tool/z') }, ['/home/me/.tool']);
    assert.deepEqual(entries, ['allowWrite ~/.cache/tool', 'allowWrite ~/.config/other', 'allowWrite ~/.npm', 'allowWrite ~/.tool']);
    assert.deepEqual(directories, ['/home/me/.cache/tool', '/home/me/.config/other', '/home/me/.npm']);
  });

  it('are as little as possible of what the user keeps', () => {
    assert.deepEqual(proposed({ written: files('/home/me/Documents/out/a', '/home/me/Documents/out/b') }, ['/home/me/Documents', '/home/me/Documents/out']).entries, ['allowWrite ~/Documents/out']);
  });

  it('are none for the locks of cargo where its preset is proposed anyway', () => {
    const locks = ['/home/me/.cargo/.package-cache', '/home/me/.cargo/.package-cache-mutate'];
    assert.deepEqual(proposed({ hosts: hosts('packages.crates.io 443'), written: files(...locks) }, locks), { entries: ['extends rust'], notProposed: [], directories: [] });
  });

  it('are no history of a shell, written in place or moved there', () => {
    const written = files('/home/me/.bash_history', '/home/me/.local/share/fish/fish_history');
    assert.deepEqual(proposed({ written }, ['/home/me/.bash_history', '/home/me/.local/share/fish', '/home/me/.local/share/fish/fish_history']), { entries: [], notProposed: ['secret /home/me/.bash_history', 'secret /home/me/.local/share/fish/fish_history'], directories: [] });
  });

  it('leave out secrets, programs, and new files among others; an existing file is named', () => {
    const { entries, notProposed } = proposed({ written: files('/home/me/.cargo/credentials.toml', '/home/me/.cargo/.lock', '/home/me/.cargo/registry/x', '/home/me/tools/bin/x', '/home/me/.history', '/home/me/.new') }, ['/home/me/.history']);
    assert.deepEqual(entries, ['allowWrite ~/.cargo/registry', 'allowWrite ~/.history']);
    assert.deepEqual(notProposed.sort(), ['new-file /home/me/.cargo/.lock', 'new-file /home/me/.new', 'programs /home/me/tools/bin', 'secret /home/me/.cargo/credentials.toml']);
  });
});

describe('what a proposal does not open', () => {
  it('is a directory that holds the project and what lies beside it; a file that is there is named', () => {
    const refused = (target: string) => ({ version: 1, kind: 'filesystem', operation: 'write', target, source: 'kernel', rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'x', time: '2026-01-01T00:00:00.000Z', count: 1 }) as const;
    const base = resolvePolicy(policyOf(), { base: absolutePath('/srv/projects/project'), home: HOME, canonicalPath: (path) => path, builtIn: [] });
    assert.deepEqual(proposed({ violations: [refused('/srv/projects/build.log'), refused('/srv/other/x'), refused('/srv/projects/log')] }, ['/srv/projects/log'], base), { entries: ['allowWrite /srv/other', 'allowWrite /srv/projects/log'], notProposed: ['system /srv/projects/build.log'], directories: [] });
  });

  it('is a file that was put in the place of another', () => {
    const { entries, notProposed } = proposed({ written: [{ path: absolutePath('/home/me/.rc'), kind: 'made' }, ...files('/home/me/.history')] }, ['/home/me/.rc', '/home/me/.history']);
    assert.deepEqual([entries, notProposed], [['allowWrite ~/.history'], ['new-file /home/me/.rc']]);
  });
});

describe('a proposal', () => {
  const name = fc.constantFrom('.cache', '.config', '.local', 'share', 'bin', '.npm', '.cargo', 'registry', 'credentials.toml', '.ssh', '.docker', 'tools', 'Documents', 'go', 'pkg', 'a', 'b', '*', 'x\ny');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts): WrittenPath => ({ path: absolutePath(`/home/me/${parts.join('/')}`), kind: 'file' }));
  const host = fc.record({ host: fc.constantFrom('a.example.com', 'b.example.com', 'c.example.com', 'example.com', 'packages.npmjs.org', 'github.com', '8.8.8.8', '2001:db8::1', 'db', 'x.co.uk'), port: fc.constantFrom(80, 443, 8080), count: fc.constant(1) });

  it('allows what was seen or says that it does not, and opens no secret and no directory of programs', () => {
    fc.assert(fc.property(fc.array(path, { maxLength: 12 }), fc.array(host, { maxLength: 8 }), fc.boolean(), (written, contacted, isNew) => {
      // Of a file and a directory of one name, only one can be there.
      const seen = written.filter((each) => !written.some((other) => other !== each && other.path.startsWith(`${each.path}/`)));
      const { entries, notProposed } = proposePolicy(observed({ written: seen, hosts: contacted }), resolved(policyOf()), isNew, { programDirectories: [PROGRAMS], exists: () => false });
      const text = withEntries(isNew ? undefined : JSON.stringify(policyOf()), entries, true);
      const policy = resolveWithoutDisk(JSON.parse(text) as Policy, { base: BASE, home: HOME });
      const isLeftOut = (target: string): boolean => notProposed.some((each) => `${target}/`.startsWith(`${each.target}/`) || target.includes('\n'));
      for (const each of seen) assert.ok(decide(policy, { kind: 'write', path: each.path }).outcome === 'allow' || isLeftOut(each.path), `${each.path} under ${text}`);
      for (const { host: wanted, port } of contacted) assert.ok(decide(policy, { kind: 'connect', host: wanted, port }).outcome === 'allow' || isLeftOut(`${wanted}:${port}`) || isLeftOut(wanted), `${wanted}:${port} under ${text}`);
      for (const closed of ['.ssh/x', '.docker/config.json', '.cargo/credentials.toml', '.local/bin/x', 'tools/bin/x', 'go/bin/x']) assert.equal(decide(policy, { kind: 'write', path: absolutePath(`/home/me/${closed}`) }).outcome, 'deny', `${closed} under ${text}`);
    }), { numRuns: 300 });
  });
});
