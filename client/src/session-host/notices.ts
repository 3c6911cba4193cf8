import type { MessageConnection } from 'vscode-jsonrpc/node';

import { sessionNoticeNotification } from './protocol';

/** Commands choose what is told of them. */
const MAX_NOTICES = 100;

/** What sessions have to say to a person, each once: several of one directory find the same. */
export interface Notices {
  readonly tell: (text: string) => void;
  /** There is a window again, for what came up while there was none. */
  readonly catchUp: () => void;
}

export function createNotices(windows: ReadonlySet<MessageConnection>): Notices {
  const notices = new Map<string, 'told' | 'waits'>();
  const tell = (text: string): void => {
    if (notices.get(text) === 'told') return;
    const [oldest] = notices.keys();
    if (oldest !== undefined && notices.size >= MAX_NOTICES && !notices.has(text)) notices.delete(oldest);
    notices.set(text, windows.size === 0 ? 'waits' : 'told');
    for (const window of windows) void window.sendNotification(sessionNoticeNotification, { text });
  };
  return {
    tell,
    catchUp: () => {
      for (const [text, state] of [...notices]) if (state === 'waits') tell(text);
    },
  };
}
