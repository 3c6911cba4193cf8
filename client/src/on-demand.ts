/** What most windows never use: a file of its own, `dist/on-demand.js`, loaded when something of it is first asked for. */
export { sandboxMcpServer } from './agent/sandbox-mcp-server';
export { importAgentSandbox } from './agent/vscode-agent-sandbox';
export { openRule } from './open-rule';
export { createPolicy } from './policies/create-policy';
export { editPolicyFile } from './policies/edit-policy';
export { presetEffect } from './policies/preset-text';
export { recordPolicy } from './policies/record-policy';
export { switchPolicy } from './policies/switch-policy';
