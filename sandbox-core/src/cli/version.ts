import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaced by the bundler; a build without it reads package.json. */
declare const SRT_VERSION: string | undefined;

export const version: string = typeof SRT_VERSION === 'string' ? SRT_VERSION : packageVersion();

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
}
