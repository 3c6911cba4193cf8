/**
 * Stands in for @vscode/native-watchdog, which ends an extension host whose parent died even while its event loop
 * is blocked. The host also polls its parent from JavaScript, and the harness kills the whole process group, so
 * nothing has to happen here.
 */
exports.start = () => {};
exports.exit = (code) => process.exit(code ?? 0);
