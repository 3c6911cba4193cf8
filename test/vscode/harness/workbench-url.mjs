/**
 * The address that opens a server's workbench. Exactly one of `folder` and `workspace` (a .code-workspace file);
 * `extensionDevelopmentPath` may be a list. All paths are absolute.
 */
export function workbenchUrl(server, { folder, workspace, extensionDevelopmentPath = [], extensionTestsPath }) {
  if ((folder === undefined) === (workspace === undefined)) {
    throw new Error(`expected either a folder or a workspace to open, got folder=${folder} workspace=${workspace}`);
  }
  const url = new URL(server.origin);
  url.searchParams.set('tkn', server.token);
  url.searchParams.set(folder === undefined ? 'workspace' : 'folder', folder ?? workspace);
  const payload = developmentPayload(server, [extensionDevelopmentPath].flat(), extensionTestsPath);
  if (payload.length > 0) url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}

function developmentPayload(server, extensions, tests) {
  if (extensions.length === 0) return [];
  // The authority must be the page's own: with localhost for 127.0.0.1 nothing would be loaded, and nothing said.
  const remote = (path) =>
    `vscode-remote://127.0.0.1:${server.port}${path.split('/').map(encodeURIComponent).join('/')}`;
  return [
    ...extensions.map((path) => ['extensionDevelopmentPath', remote(path)]),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ['skipWelcome', 'true'],
  ];
}
