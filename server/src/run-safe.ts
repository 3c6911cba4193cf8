import { LSPErrorCodes, ResponseError, type CancellationToken, type RemoteConsole } from 'vscode-languageserver';

/**
 * The one way a request is answered: a request that was cancelled is not worked on nor answered late, and a fault in one
 * feature leaves the others running. A feature refuses a request (a rename to what cannot be) by throwing a ResponseError.
 */
export async function runSafe<Result>(console: RemoteConsole, what: string, token: CancellationToken, fallback: Result, work: () => Result | Promise<Result>): Promise<Result | ResponseError<never>> {
  if (isCancelled(token)) return cancelled();
  try {
    const result = await work();
    return isCancelled(token) ? cancelled() : result;
  } catch (error) {
    if (error instanceof ResponseError) return error as ResponseError<never>; // features attach no data
    console.error(`${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return fallback;
  }
}

function cancelled(): ResponseError<never> {
  return new ResponseError<never>(LSPErrorCodes.RequestCancelled, 'the client cancelled the request');
}

/** A call, since a token changes while work is awaited. */
function isCancelled(token: CancellationToken): boolean {
  return token.isCancellationRequested;
}
