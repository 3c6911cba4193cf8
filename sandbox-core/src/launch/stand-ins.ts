import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { NothingToMaskError, type CredentialVault } from '../credentials/vault';
import { PolicyRefusedError } from '../errors';
import type { Host } from '../host/host';
import type { MaskedFileFact, PathFact } from '../host/facts';
import { absolutePath, describePointer, expandPath, printable, toPointer, type AbsolutePath, type PathContext, type Policy } from '../policy';

/** Credentials are small; a larger file is something else. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface StandInOptions {
  readonly policy: Policy;
  readonly context: PathContext;
  readonly vault: CredentialVault;
  readonly sessionDirectory: AbsolutePath;
}

/** What takes the place of credentials in one launch. Throws a PolicyRefusedError if one cannot be masked. */
export interface StandIns {
  environment(given: Host['environment']): Host['environment'];
  /** By canonical path. Read anew each time: a token may have been renewed since the last launch. */
  files(paths: ReadonlyMap<AbsolutePath, PathFact>): ReadonlyMap<AbsolutePath, MaskedFileFact>;
}

export function createStandIns(options: StandInOptions): StandIns {
  const { policy, context, vault } = options;
  return {
    environment: (given) => (policy.credentials ? refusing(() => vault.maskEnvironment(given)) : given),
    files: (paths) =>
      new Map(
        (policy.credentials?.files ?? []).flatMap((file, index): [AbsolutePath, MaskedFileFact][] => {
          const path = paths.get(expandPath(file.path, context))?.canonical ?? expandPath(file.path, context);
          const fact = file.mode === 'mask' ? refusing(() => maskFile(path, index, options)) : undefined;
          return fact ? [[path, fact]] : [];
        }),
      ),
  };
}

/** Undefined: there is nothing to mask. */
function maskFile(path: AbsolutePath, index: number, { vault, sessionDirectory }: StandInOptions): MaskedFileFact | undefined {
  const text = readCredential(path, index);
  if (text === undefined) return undefined;
  const masked = vault.maskFile(index, text);
  if (masked.kind === 'as-it-is') return undefined;
  if (masked.kind === 'hidden') return { kind: 'hidden' };
  const name = createHash('sha256').update(masked.text).digest('hex').slice(0, 16);
  const source = absolutePath(`${sessionDirectory}/stand-in-${index}-${name}`);
  if (!existsSync(source)) {
    writeFileSync(`${source}.new`, masked.text, { mode: 0o400 });
    renameSync(`${source}.new`, source); // another launch may be mounting it already
  }
  return { kind: 'stand-in', source };
}

function readCredential(path: AbsolutePath, index: number): string | undefined {
  const pointer = toPointer(['credentials', 'files', index, 'path']);
  try {
    const bytes = readFileSync(path);
    const text = bytes.toString('utf8');
    if (bytes.length <= MAX_FILE_BYTES && Buffer.from(text, 'utf8').equals(bytes)) return text;
    throw unmaskable(pointer, path, 'it is no text, or larger than 16 MiB');
  } catch (error) {
    if (error instanceof PolicyRefusedError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unmaskable(pointer, path, code === 'EISDIR' ? 'it is a directory; deny it instead' : 'it cannot be read');
  }
}

function unmaskable(pointer: ReturnType<typeof toPointer>, path: AbsolutePath, why: string): PolicyRefusedError {
  return new PolicyRefusedError([{ code: 'credential-not-masked', pointer, message: `${describePointer(pointer)}: ${printable(path, 200)} cannot be masked: ${why}` }]);
}

function refusing<Value>(mask: () => Value): Value {
  try {
    return mask();
  } catch (error) {
    if (error instanceof NothingToMaskError) throw new PolicyRefusedError([{ code: 'credential-not-masked', pointer: error.pointer, message: error.message }]);
    throw error;
  }
}
