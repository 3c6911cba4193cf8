import { LSPErrorCodes, ResponseError, type CancellationToken, type RemoteConsole } from 'vscode-languageserver';

/**
 * The one way a request is answered: a request that was cancelled is not worked on, and a fault in one feature leaves the
 * others running.
 */
export function runSafe<Result>(console: RemoteConsole, what: string, token: CancellationToken, fallback: Result, work: () => Result): Result | ResponseError {
  if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'the client cancelled the request');
  try {
    return work();
  } catch (error) {
    console.error(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return fallback;
  }
}
