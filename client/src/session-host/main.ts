import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';

import { serveSessions } from './serve-sessions';

/**
 * The session host: a process of its own, so that a busy or restarting extension host never holds up a sandboxed program's
 * connections. It ends, and every sandbox with it, when the extension does.
 */
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const sessions = serveSessions(connection);
process.once('disconnect', () => void sessions.stopAll().finally(() => process.exit(0)));
connection.listen();
