import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { mcpServers, unwrapMcpServer, wrapMcpServer } from 'srt-client/internal/agent/wrap-mcp-server';

const FILE = `{
  // the project's
  "servers": {
    "docs": { "command": "npx", "args": ["-y", "docs-server"], "env": { "LEVEL": "2", "odd": 3 } }, // kept
    "remote": { "type": "http", "url": "https://example.com/mcp" }
  }
}
`;

describe('an MCP server of mcp.json', () => {
  it('is found if it starts a program', () => {
    assert.deepEqual(mcpServers(FILE), [{ block: 'servers', name: 'docs', command: 'npx', args: ['-y', 'docs-server'], env: { LEVEL: '2' }, isWrapped: false }]);
    assert.deepEqual(mcpServers('{ "servers": [1, "x"'), []);
    assert.deepEqual(mcpServers(''), []);
  });

  it('is wrapped and unwrapped; comments and the rest stay', () => {
    const [docs] = mcpServers(FILE);
    const wrapped = wrapMcpServer(FILE, docs!, ['srt', '-s', 'policy.json']);
    assert.match(wrapped, /\/\/ the project's/);
    assert.match(wrapped, /\/\/ kept/);
    assert.match(wrapped, /"url": "https:\/\/example.com\/mcp"/);
    const [again] = mcpServers(wrapped);
    assert.deepEqual([again?.command, again?.args, again?.isWrapped], ['srt', ['-s', 'policy.json', '--', 'npx', '-y', 'docs-server'], true]);
    const [back] = mcpServers(unwrapMcpServer(wrapped, again!));
    assert.deepEqual([back?.command, back?.args, back?.isWrapped], ['npx', ['-y', 'docs-server'], false]);
  });
});
