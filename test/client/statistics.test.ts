import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import type { Violation } from 'sandbox-core/policy';
import { countViolations } from 'srt-client/internal/statistics/counts';
import { pageBody, pageHtml, type PageTexts } from 'srt-client/internal/statistics/page';

const texts: PageTexts = { title: 'T', nothing: 'nothing', count: 'times', refused: (count) => `${count} refused`, more: (count) => `${count} more`, sections: { byTime: 'time', byRule: 'rule', byHost: 'host', byPath: 'path', byProgram: 'program' } };

function violation(target: string, count: number, more: Partial<Violation> = {}): Violation {
  return { kind: 'filesystem', operation: 'write', target, count, reason: 'denied', rule: { kind: 'policy', pointer: '/filesystem/denyWrite/0' }, time: '2026-01-02T03:04:05.000Z', session: 's', source: 'kernel', ...more } as Violation;
}

describe('the statistics page', () => {
  it('counts by rule, host, path, program and hour, the most frequent first', () => {
    const counted = countViolations([violation('/a', 1), violation('/b', 5, { program: '/usr/bin/cp' }), violation('h.test:443', 2, { kind: 'network', operation: 'connect' })]);
    assert.equal(counted.refused, 8);
    assert.deepEqual(counted.byPath, [{ name: '/b', count: 5 }, { name: '/a', count: 1 }]);
    assert.deepEqual(counted.byHost, [{ name: 'h.test:443', count: 2 }]);
    assert.deepEqual(counted.byProgram, [{ name: 'cp', count: 5 }]);
    assert.equal(counted.byTime.length, 1);
  });

  it('counts hours where the user is', (context) => {
    const before = process.env.TZ;
    context.after(() => (before === undefined ? delete process.env.TZ : (process.env.TZ = before)));
    process.env.TZ = 'Asia/Kolkata';
    assert.deepEqual(countViolations([violation('/a', 1, { time: '2026-01-01T18:29:00.000Z' }), violation('/b', 2, { time: '2026-01-01T18:31:00.000Z' })]).byTime, [{ name: '2026-01-01 23:00', count: 1 }, { name: '2026-01-02 00:00', count: 2 }]);
    process.env.TZ = 'UTC';
    assert.deepEqual(countViolations([violation('/a', 1)]).byTime, [{ name: '2026-01-02 03:00', count: 1 }]);
  });

  it('is tables with headings, and says so where nothing was refused', () => {
    const body = pageBody([{ name: 'here', statistics: countViolations([violation('/a', 4)]) }, { name: 'there', statistics: countViolations([]) }], texts);
    assert.match(body, /<caption>path<\/caption>.*<th scope="col">times<\/th>.*<th scope="row" tabindex="0" title="\/a">\/a<\/th><td data-size="1.0000"><span class="data">4<\/span>/s);
    assert.match(body, /<h2>there<\/h2><p>nothing<\/p>/);
  });

  it('shows hostile names as text, and runs its own script only', () => {
    const body = pageBody([{ name: 'here', statistics: countViolations([violation('/<img src=x onerror=alert(1)>"\u202e', 1)]) }], texts);
    assert.ok(!body.includes('<img') && !body.includes('\u202e'), body);
    assert.match(body, /&lt;img src=x onerror=alert\(1\)&gt;&quot;/);
    const page = pageHtml(body, { language: 'en', title: 'T', cspSource: 'csp:', nonce: 'n0', charts: 'c.css', style: 's.css' });
    assert.match(page, /content="default-src 'none'; style-src csp:; script-src 'nonce-n0'"/);
    assert.ok(!page.includes('style="'), 'no inline styles');
  });
});
