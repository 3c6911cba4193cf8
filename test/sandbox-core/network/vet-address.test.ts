import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { parsePrefix, refuseAddress } from 'sandbox-core/internal/network/vet-address';

const rules = { denied: [parsePrefix('203.0.113.0/24'), parsePrefix('2001:db8:bad::/48')], own: ['192.0.2.7', '2001:db8::7'] };

describe('vetting what an allowed name resolved to', () => {
  it('refuses addresses that lead inside', () => {
    const inside = [
      '127.0.0.1', '127.8.9.1', '::1', '0.0.0.0', '0.1.2.3', '::', '169.254.169.254', 'fe80::1', '224.0.0.1', 'ff02::1', '255.255.255.255',
      '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254', '192.0.2.7', '2001:db8::7', '203.0.113.9', '2001:db8:bad::1',
      '::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '2002:7f00:1::', '2002:a9fe:a9fe::',
    ]; // prettier-ignore
    assert.deepEqual(inside.filter((address) => refuseAddress(address, rules) === undefined), []);
  });

  it('lets public and private ones through', () => {
    const outside = ['93.184.216.34', '10.0.0.1', '192.168.1.1', '172.16.0.1', '100.64.0.1', '2606:2800:220:1::1', 'fd12:3456::1', '64:ff9b::5db8:d822', '2002:5db8:d822::', '203.0.114.1'];
    assert.deepEqual(outside.filter((address) => refuseAddress(address, rules) !== undefined), []);
  });
});
