/**
 * Packages from the npm registry, without their install scripts: download with a check of the pinned sha512,
 * unpack, install and rebuild. Everything goes through the npm client, so that the user's registry, proxy and
 * certificate settings apply.
 */
import { createHash } from 'node:crypto';
import { readFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { runProgram } from './run-program.mjs';

/**
 * `npm run` hands its own settings down in npm_config_*. These would aim the commands below at the project that
 * is running us instead of the folder they are started in.
 */
const PROJECT_SETTINGS =
  'local_prefix prefix workspace workspaces include_workspace_root global location omit dry_run'.split(' ');

/** Downloads `{ name, version, integrity }` into a folder and resolves with the path of the verified tarball. */
export async function downloadPackage({ name, version, integrity }, folder) {
  await mkdir(folder, { recursive: true });
  const spec = `${name}@${version}`;
  const argv = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'];
  await runProgram('npm', argv, { cwd: folder, env: npmEnvironment() });
  const file = join(folder, `${name.replace(/^@(.*)\//, '$1-')}-${version}.tgz`);
  verifyIntegrity(spec, integrity, await readFile(file));
  return file;
}

/** Throws unless the bytes have the pinned integrity (npm's notation: sha512-<base64>). */
export function verifyIntegrity(spec, expected, bytes) {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found === expected) return;
  throw new Error(
    `${spec} is not the pinned package.\n  expected ${expected}\n  found    ${found}\n` +
      'Nothing was unpacked. Try `npm cache verify`. If it stays so, the registry serves other bytes than were ' +
      'reviewed: do not change the pin without finding out why.',
  );
}

/** Unpacks one folder of a package tarball (its path inside the package; '' for all of it) into `target`. */
export async function unpackPackage(tarball, insidePath, target) {
  await mkdir(target, { recursive: true });
  const member = insidePath ? `package/${insidePath}` : 'package';
  const depth = member.split('/').length;
  await runProgram('tar', ['-xzf', tarball, '-C', target, `--strip-components=${depth}`, '--no-same-owner', member]);
}

/**
 * Installs what the package.json of a folder asks for. With the Node that runs us, not the one of the server: npm
 * finds its global configuration (registry, certificates) relative to the Node it runs under.
 */
export async function installDependencies(folder) {
  const argv = ['install', '--omit=dev', '--ignore-scripts', '--engine-strict=false', '--no-audit', '--no-fund'];
  await runProgram('npm', [...argv, '--loglevel=error'], { cwd: folder, env: npmEnvironment() });
}

/** Compiles packages for the Node in `nodeHome`, offline: it brings the headers. */
export async function rebuildPackages(folder, names, nodeHome) {
  const env = { ...npmEnvironment(), JOBS: 'max' };
  env.PATH = `${join(nodeHome, 'bin')}:${env.PATH}`;
  // Without nodedir, node-gyp would download headers; and a user's own nodedir would name another Node.
  env.npm_config_nodedir = nodeHome;
  await runProgram('npm', ['rebuild', ...names, '--loglevel=error'], { cwd: folder, env });
}

function npmEnvironment() {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (PROJECT_SETTINGS.some((setting) => name.toLowerCase() === `npm_config_${setting}`)) delete env[name];
  }
  delete env.NODE_OPTIONS;
  return env;
}
