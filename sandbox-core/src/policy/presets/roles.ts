import { preset } from './preset';

export const webDev = preset('Web development: the working directory, Node packages, GitHub, local servers.', {
  extends: ['workspace', 'node', 'github'],
  network: { allowLocalBinding: true },
});

/** Its model's host is not here: that differs from agent to agent. */
export const agent = preset('A coding agent: the working directory, GitHub, and none of your tokens in its environment.', {
  extends: ['workspace', 'github'],
  credentials: {
    envVars: ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AZURE_CLIENT_SECRET', 'GITHUB_TOKEN', 'GH_TOKEN', 'GITLAB_TOKEN', 'NPM_TOKEN', 'SSH_AUTH_SOCK', 'VAULT_TOKEN'].map((name) => ({ name, mode: 'deny' })),
  },
});
