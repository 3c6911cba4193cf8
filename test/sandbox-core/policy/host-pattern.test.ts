import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';

import { ALLOWED_DOMAIN, canonicalHost, DENIED_DOMAIN, HOST_ONLY, parseHostPattern, type HostPatternGrammar } from 'sandbox-core/policy';

function kind(text: string, grammar: HostPatternGrammar): 'pattern' | 'error' | 'inert' {
  const result = parseHostPattern(text, grammar);
  return 'pattern' in result ? 'pattern' : 'error' in result ? 'error' : 'inert';
}

describe('host patterns', () => {
  // As sandbox-runtime accepts and refuses them; "inert" are those it accepts although they can never match.
  const table: Readonly<Record<'pattern' | 'error' | 'inert', readonly string[]>> = {
    pattern: ['example.com', 'Example.COM', 'localhost', 'localhost:1', 'a.b:65535', '*.example.com', '*.a.b.c', '10.0.0.1', '10.0.0.1:80', '[::1]', '[::1]:80', '[2001:db8::1]', 'xn--exmple-cua.com', 'a_b.example.com', '*.co.uk'],
    error: ['', '*', '*:80', '*.com', '*.localhost', 'a*b.com', 'ex*.com', '*.*.com', 'LOCALHOST', 'host', 'http://example.com', 'example.com/', '10.0.0.0/8', '.example.com', 'example.com.', 'a.b:0', 'a.b:65536', 'a.b:080', 'a.b:', '::1', 'fe80::1%eth0', '[example.com]', '[::1', '*.a..b'],
    inert: [' x.com', 'foo bar.com', 'user@x.com', 'x.com?', 'a..b', '-x.com', 'exämple.com', '127.1', '0x7f.0.0.1', '*.10.0.0.1', 'x.com\u0000'],
  };
  for (const [expected, texts] of Object.entries(table))
    it(`reads as ${expected}`, () => {
      assert.deepEqual(Object.fromEntries(texts.map((text) => [text, kind(text, ALLOWED_DOMAIN)])), Object.fromEntries(texts.map((text) => [text, expected])));
    });

  it('takes "*" and "*:port" only where everything is denied', () => {
    assert.deepEqual([kind('*', DENIED_DOMAIN), kind('*:22', DENIED_DOMAIN), kind('*.com', DENIED_DOMAIN)], ['pattern', 'pattern', 'error']);
  });

  it('takes no ports where only hosts are named', () => {
    assert.deepEqual([kind('example.com', HOST_ONLY), kind('example.com:443', HOST_ONLY), kind('[::1]', HOST_ONLY)], ['pattern', 'error', 'pattern']);
  });

  it('suggests the spelling that matches', () => {
    assert.deepEqual(
      ['exämple.com', ' x.com', '127.1'].map((text) => parseHostPattern(text, ALLOWED_DOMAIN)).map((result) => ('inert' in result ? result.suggestion : undefined)),
      ['xn--exmple-cua.com', 'x.com', '127.0.0.1'],
    );
  });
});

describe('canonical hosts', () => {
  const same: Readonly<Record<string, string>> = {
    'EXAMPLE.com': 'example.com',
    'example.com.': 'example.com',
    'exämple.com': 'xn--exmple-cua.com',
    '2130706433': '127.0.0.1',
    '0x7f.1': '127.0.0.1',
    '0177.0.0.1': '127.0.0.1',
    '127.1': '127.0.0.1',
    '[::ffff:127.0.0.1]': '127.0.0.1',
    '::ffff:7f00:1': '127.0.0.1',
    '[2001:DB8:0:0::1]': '2001:db8::1',
    '[::]': '::',
  };
  it('brings every spelling to one', () => {
    assert.deepEqual(Object.fromEntries(Object.keys(same).map((host) => [host, canonicalHost(host)])), same);
  });

  it('is nothing for what may not be asked for', () => {
    const malformed = ['', ' ', 'a b.com', 'a\tb.com', 'a\r\nb.com', 'evil\0.google.com', 'user@example.com', 'example.com/x', 'example.com#', 'example.com?x', 'example.com\\@evil.test', '%65xample.com', 'a.example.com%2eevil.test', 'ex\u00adample.com', 'ex\u200dample.com', 'example.com:80', '[::1]:80', 'a..b', '.example.com', 'example..com', `${'a'.repeat(64)}.com`, `${'a.'.repeat(130)}com`, '[fe80::1%25eth0]'];
    assert.deepEqual(malformed.filter((host) => canonicalHost(host) !== undefined), []);
  });

  it('spares plain names the URL parser only where it would not change them', () => {
    const label = fc.stringMatching(/^(xn--)?[a-z0-9_-]{1,6}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(name, (host) => {
        const canonical = canonicalHost(host);
        if (canonical !== undefined) assert.equal(canonical, new URL(`http://${host}/`).hostname);
      }),
    );
  });

  it('takes full-width dots for dots', () => {
    assert.equal(canonicalHost('example\u3002com'), 'example.com');
  });
});
