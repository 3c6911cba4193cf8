import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { knownHosts } from 'sandbox-core/internal/policy/known-hosts';

import { root } from '../support/cli';

/** What registries call the hosts that they serve from. A made-up one for a test has another name. */
const SERVING = ['api', 'cdn', 'crates', 'deb', 'dl-cdn', 'files', 'ftp', 'index', 'plugins', 'proxy', 'pypi', 'registry', 'repo', 'repo1', 'rubygems', 'static', 'sum'];

describe('hosts of package registries', () => {
  it('are named nowhere: the wildcard of their domain is', () => {
    const domains = knownHosts.filter(({ files }) => files.length > 0).flatMap((known) => known.domains).filter((domain) => domain.startsWith('*.') && !domain.includes('git')).map((domain) => domain.slice(2).replaceAll('.', '\\.'));
    assert.ok(domains.length > 10);
    const { status, stdout } = spawnSync('git', ['grep', '-nIE', `(^|[^a-z0-9.-])(${SERVING.join('|')})\\.(${domains.join('|')})`], { cwd: root, encoding: 'utf8' });
    assert.deepEqual([status, stdout], [1, '']);
  });
});
