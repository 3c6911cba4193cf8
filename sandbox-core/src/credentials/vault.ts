import { describePointer, hostMatcher, printable, toPointer, type Policy, type PolicyPointer } from '../policy';
import { awsCredentialsIn, type AwsCredential } from './aws-credentials';
import { maskText, type MaskedText } from './mask-text';
import type { MaskedSecret, Mint } from './placeholder';

type MaskedFile = NonNullable<NonNullable<Policy['credentials']>['files']>[number];
type MaskedVariable = NonNullable<NonNullable<Policy['credentials']>['envVars']>[number];

/** A credential that was to be hidden, and in which nothing to hide was found, where the policy takes that for an error. */
export class NothingToMaskError extends Error {
  override readonly name = 'NothingToMaskError';

  constructor(
    readonly pointer: PolicyPointer,
    message: string,
  ) {
    super(message);
  }
}

export type MaskedFileContent = { readonly kind: 'stand-in'; readonly text: string } | { readonly kind: 'hidden' } | { readonly kind: 'as-it-is' };

/** The secrets of one session. What it gives out is safe to show inside the sandbox; the secrets themselves never leave it but for `secrets`. */
export interface CredentialVault {
  /** The environment with placeholders for masked variables. Throws a NothingToMaskError. */
  maskEnvironment(environment: Readonly<Record<string, string>>): Record<string, string>;
  /** @param index of the entry in credentials.files. Throws a NothingToMaskError. */
  maskFile(index: number, text: string): MaskedFileContent;
  readonly secrets: readonly MaskedSecret[];
  awsCredential(accessKeyPlaceholder: string): AwsCredential | undefined;
}

export interface VaultOptions {
  readonly policy: Policy;
  /** Something that a user should know and that stops nothing. */
  readonly notice: (text: string) => void;
}

export function createVault({ policy, notice }: VaultOptions): CredentialVault {
  const { files = [], envVars = [] } = policy.credentials ?? {};
  const secrets = new Map<string, MaskedSecret>(); // by placeholder
  const minted = new Map<string, string>(); // by entry and secret
  const awsCredentials = new Map<string, AwsCredential>();
  const noticed = new Set<string>();

  const mintFor = (pointer: string): Mint => (secret, make) => {
    const key = `${pointer}\0${secret}`;
    const placeholder = minted.get(key) ?? make(secret);
    minted.set(key, placeholder);
    return placeholder;
  };
  const mask = (text: string, entry: MaskedFile | MaskedVariable, pointer: PolicyPointer): MaskedText | undefined => {
    const masked = maskText(text, entry, mintFor(pointer)); // their keys are the rule's
    const isFor = hostMatcher(entry.injectHosts ?? policy.network.allowedDomains);
    for (const part of masked?.parts ?? []) secrets.set(part.placeholder, { ...part, isFor });
    return masked;
  };
  /** srt: onExtractNoMatch. True: leave it out. */
  const withoutMatch = (entry: MaskedFile | MaskedVariable, pointer: PolicyPointer, isOpen: boolean): boolean => {
    const where = `${describePointer(pointer)} (${printable('name' in entry ? entry.name : entry.path)})`;
    const choice = isOpen ? 'warn' : (entry.onExtractNoMatch ?? 'warn');
    if (choice === 'error') throw new NothingToMaskError(pointer, `${where}: nothing was found to mask, and onExtractNoMatch says that this is an error`);
    if (choice === 'warn' && !noticed.has(pointer)) notice(`${where}: nothing was found to mask, so the command sees the real value; set onExtractNoMatch to "deny" to keep it away`);
    noticed.add(pointer);
    return choice === 'deny';
  };

  const maskVariable = (value: string, entry: MaskedVariable, index: number): string | undefined => {
    const pointer = toPointer(['credentials', 'envVars', index]);
    const masked = value.trim() === '' ? { text: value } : mask(value, entry, pointer);
    if (masked) return masked.text;
    return withoutMatch(entry, pointer, entry.decode !== undefined) ? undefined : value;
  };
  return {
    maskEnvironment(environment) {
      const masked: Record<string, string> = { ...environment };
      for (const [index, entry] of envVars.entries()) {
        const value = environment[entry.name];
        if (entry.mode !== 'mask' || value === undefined) continue;
        const text = maskVariable(value, entry, index);
        if (text === undefined) Reflect.deleteProperty(masked, entry.name);
        else masked[entry.name] = text;
      }
      for (const credential of awsCredentialsIn(policy, environment, (name) => secrets.get(masked[name] ?? ''))) awsCredentials.set(credential.accessKeyId.placeholder, credential);
      return masked;
    },
    maskFile(index, text) {
      const entry = files[index];
      if (!entry) return { kind: 'as-it-is' };
      const pointer = toPointer(['credentials', 'files', index]);
      const masked = mask(text, entry, pointer);
      if (masked) return { kind: 'stand-in', text: masked.text };
      if (text.trim() === '') return { kind: 'stand-in', text };
      return withoutMatch(entry, pointer, false) ? { kind: 'hidden' } : { kind: 'as-it-is' };
    },
    get secrets() {
      return [...secrets.values()];
    },
    awsCredential: (placeholder) => awsCredentials.get(placeholder),
  };
}
