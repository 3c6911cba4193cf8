// Regenerates every committed *.generated.* file: `npm run generate`.
// test/house/generated.test.ts imports generatedFiles() and fails, naming that command, when one of them is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { _ } from 'ajv';
import { compile } from 'json-schema-to-typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const FORMATS = ['srt-path', 'srt-domain', 'srt-denied-domain', 'srt-host', 'srt-ip-or-cidr', 'srt-absolute-path', 'srt-regex-with-group', 'srt-http-url'];

/** The annotations that only people, editors and our own code read. */
const ANNOTATIONS = ['x-srt', 'enumDescriptions', 'defaultSnippets'];

export async function generatedFiles() {
  const policy = readSchema('policy');
  const violation = readSchema('violation');
  const policyTest = readSchema('policy-test');
  return [
    { path: 'sandbox-core/src/policy/policy.generated.ts', content: await types(policy, 'schemas/policy.schema.json') },
    { path: 'sandbox-core/src/policy/violation.generated.ts', content: await types(violation, 'schemas/violation.schema.json') },
    { path: 'sandbox-core/src/policy/policy-validator.generated.ts', content: validator(policy, 'schemas/policy.schema.json') },
    { path: 'sandbox-core/src/policy/policy-schema.generated.ts', content: constant(policy, 'schemas/policy.schema.json') },
    { path: 'sandbox-core/src/policy/policy-test.generated.ts', content: await types(policyTest, 'schemas/policy-test.schema.json') },
    { path: 'sandbox-core/src/policy/policy-test-validator.generated.ts', content: validator(policyTest, 'schemas/policy-test.schema.json') },
    { path: 'docs/problems/README.md', content: problemsPage(await load('sandbox-core/src/policy/problem.ts')) },
    { path: 'docs/srt.1', content: manualPage(await loadWithPackages('sandbox-core/src/cli/main.ts'), await load('sandbox-core/src/cli/describe-program.ts'), await load('sandbox-core/src/cli/manual-page.ts')) },
    { path: 'docs/protections.md', content: protectionsPage(await load('sandbox-core/src/policy/protections.ts')) },
  ];
}

function readSchema(name) {
  return JSON.parse(readFileSync(join(root, 'schemas', `${name}.schema.json`), 'utf8'));
}

function header(source) {
  return `// Generated from ${source} by: npm run generate. Do not edit.\n`;
}

async function types(schema, source) {
  const code = await compile(withoutDefaultsBesideReferences(schema), schema.title, {
    bannerComment: header(source).trimEnd(),
    additionalProperties: false,
    format: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  return code.replaceAll(/^(\s+)(?!\*)(\w+\??: )/gm, '$1readonly $2');
}

/** json-schema-to-typescript reads a default beside allOf as one more type to intersect with. */
function withoutDefaultsBesideReferences(node) {
  if (Array.isArray(node)) return node.map(withoutDefaultsBesideReferences);
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(([key]) => !(key === 'default' && 'allOf' in node));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutDefaultsBesideReferences(value)]));
}

/** Compiled ahead of time: compiling the schema would cost every start of the CLI some 50 ms. */
function validator(schema, source) {
  // Stand-ins: the generated code takes the real ones from formats.ts.
  const formats = Object.fromEntries(FORMATS.map((name) => [name, () => true]));
  const ajv = new Ajv({
    allErrors: true,
    // Nobody reads them; and as functions of their own, parts of the schema that a policy does not use cost nothing.
    messages: false,
    inlineRefs: false,
    strict: true,
    strictTypes: false,
    allowUnionTypes: true,
    keywords: ANNOTATIONS,
    formats,
    code: { source: true, esm: true, formats: _`require('./formats').formats` },
  });
  const code = standaloneCode(ajv, ajv.compile(inParts(stripAnnotations(schema))));
  return `${header(source)}// @ts-nocheck -- plain JavaScript, as ajv writes it\n/* eslint-disable */\n${code}\n`;
}

/** What is at the top-level keys as definitions. */
function inParts(schema) {
  const parts = Object.entries(schema.properties).filter(([, node]) => node.type === 'object');
  return {
    ...schema,
    properties: { ...schema.properties, ...Object.fromEntries(parts.map(([key]) => [key, { $ref: `#/definitions/part-${key}` }])) },
    definitions: { ...schema.definitions, ...Object.fromEntries(parts.map(([key, node]) => [`part-${key}`, node])) },
  };
}

function stripAnnotations(node) {
  if (Array.isArray(node)) return node.map(stripAnnotations);
  if (node === null || typeof node !== 'object') return node;
  const dropped = new Set([...ANNOTATIONS, 'deprecated', 'examples', 'default', 'description', 'title']);
  const entries = Object.entries(node).filter(([key]) => !dropped.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'properties' ? mapValues(value, stripAnnotations) : stripAnnotations(value)]));
}

function mapValues(object, transform) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, transform(value)]));
}

function constant(schema, source) {
  return `${header(source)}import type { SchemaNode } from './schema';\n\n/** The schema itself, for hovers and completion. */\nexport const policySchema: SchemaNode = ${JSON.stringify(schema, null, 1)};\n`;
}

/** A source file's exports, without a build. */
async function load(path) {
  const { outputFiles } = await build({ entryPoints: [join(root, path)], bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'error' });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
}

/** The same for one whose packages are CommonJS. */
async function loadWithPackages(path) {
  const { outputFiles } = await build({ entryPoints: [join(root, path)], bundle: true, write: false, format: 'cjs', platform: 'node', external: ['node-pty', './mcp.js'], mainFields: ['module', 'main'], define: { SRT_VERSION: '""' }, logLevel: 'error' });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', '__filename', outputFiles[0].text)(module, module.exports, createRequire(import.meta.url), root, path);
  return module.exports;
}

function manualPage({ createProgram }, { describeProgram }, { manualPage: pageOf }) {
  const { version } = JSON.parse(readFileSync(join(root, 'sandbox-core', 'package.json'), 'utf8'));
  const program = createProgram({}, [], () => undefined);
  return `.\\" Generated from sandbox-core/src/cli by: npm run generate. Do not edit.\n${pageOf(describeProgram(program), version)}`;
}

function problemsPage({ problemSeverities }) {
  const summary = (code) => readFileSync(join(root, 'docs', 'problems', `${code}.md`), 'utf8').split('\n')[2].replace(/ Severity unless configured:.*$/, '').replaceAll('|', '\\|');
  const rows = Object.entries(problemSeverities).map(([code, severity]) => `| [${code}](${code}.md) | ${severity} | ${summary(code)} |`);
  return `<!-- Generated from sandbox-core/src/policy/problem.ts and the pages here by: npm run generate. Do not edit. -->

# Problems

What the editor and \`srt check\` report of a policy. The setting \`srt.severity\` and \`srt check --severity\` change how serious each is.

| code | severity | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function protectionsPage({ protections }) {
  const places = { project: 'any directory that may be written, at any depth', home: 'the home directory', 'git directory': 'any git directory' };
  const cell = (paths, place) => paths.filter((entry) => entry.place === place).map(({ path }) => `\`${path}\``).join(', ');
  const rows = protections.flatMap(({ name, danger, paths }) =>
    Object.keys(places).filter((place) => paths.some((entry) => entry.place === place)).map((place, index) => `| ${index === 0 ? `\`${name}\`` : ''} | ${cell(paths, place)} | ${places[place]} | ${index === 0 ? danger : ''} |`),
  );
  return `<!-- Generated from sandbox-core/src/policy/protections.ts by: npm run generate. Do not edit. -->

# Protected files

Some files are harmless in themselves, but programs outside of the sandbox run or obey them later: a git hook, a shell's start
file, an editor's tasks. A command that could write them could leave the sandbox through them. So no command may write these,
whatever \`allowWrite\` says:

| group | files | where | what would happen |
|---|---|---|---|
${rows.join('\n')}

The files that the policy in force was read from belong to \`sandbox-policy\` too, wherever they are, and so do symbolic links on the way to
them. What srt itself is started from belongs to a group \`sandbox-program\`: its package, the Node that runs it, what \`bwrapPath\` names,
where they can be written, as in a project's \`node_modules\`, and \`~/.local/state/srt\`, where launches are kept (docs/command-line.md).

An entry of \`allowWrite\` opens none of it, not one that names just that file, and not a pattern. Where the working directory itself lies in what is protected (a plugin below
\`~/.claude/plugins\`), that is open, as you have chosen it, unless another entry opens what lies around it.

## How it holds

- What exists is mounted read-only, and the directories above it are pinned, so that it cannot be moved out of the way either.
  Its name is held besides, as those of what does not exist are: an editor that saves, or \`git push -u\` in another terminal, puts another file in its place, and the kernel then
  takes the mount away.
- What does not exist yet in the project or the home directory itself is covered by an empty directory or file where that does no harm and
  \`git status\` does not show it. It is removed when the last command ends, also after a crash. Where the user may make nothing (in a directory
  of somebody else, or a locked one), the name is held as those in the next line are, also if the command gets itself the right to write there.
  These empty ones cannot be removed while a session runs: \`git clean -fd\` says "Device or resource busy" of them and ends with status 1; \`git clean -fd -e .vscode -e .claude\` leaves
  them out.
- Everything else that does not exist yet (any name in the table, at any depth) is refused when a command tries to make it, move
  something there, or link it. The supervisor makes the call itself, on what it has judged: exchanging the path meanwhile does not help
  ([how](processes.md#calls-that-the-supervisor-makes)). One call is made at a time in a session, so no command moves a directory while
  the call of another one is judged; two sandboxes that were started apart and may write the same directory do not wait for each other. A Unix socket, which
  nothing reads or runs, can take any name.
- \`git init\` and \`git clone\` work: a new repository gets its configuration from the command that makes it, and from the next command of the
  session on that is held as well. Until then the command may write its \`config\`, \`config.worktree\`, \`info/attributes\` and \`commondir\`, as nothing
  tells what \`git clone\` writes from what \`git config core.fsmonitor\` does; hooks it may not write (those of a bare repository it may, and they are named as well).
  When the command has ended, srt says which new repositories have settings that may make git run programs, such as \`core.fsmonitor\`,
  \`core.hooksPath\`, \`core.sshCommand\`, \`filter.*\`, \`alias.*\` or \`include.*\`: all but those that are known to be harmless (on Linux; not in trees that are too
  large to be looked through). **Read such a \`.git/config\` in an editor or with \`cat -v\` before you run git there**: even \`git config --list\` runs the pager
  that it names. A \`.git\` that is a file or a link is followed wherever it leads. A directory that cannot be looked into is named as well.
- A rebase, cherry-pick or \`git am\` can be begun, continued and ended in the sandbox, so the files that git keeps of it (\`rebase-merge\`, \`sequencer\`) can be written there, one
  that you began outside included. Of these files \`git rebase --continue\` runs the \`exec\` lines of the todo list, and a merge strategy that is none of git's own. When the command
  has ended, srt names those that came to be there, with what they would run. **While a command runs, look at \`git status\` or \`.git/rebase-merge/git-rebase-todo\` before you continue a
  rebase outside.** \`git rebase --abort\` runs none of it, and the list of a cherry-pick or revert takes no \`exec\`.
- Where a repository leads git is held as the repository is: what links among its hooks lead to, the directories that \`core.hooksPath\` names, and the
  files of \`include.path\` and \`includeIf.*.path\`.
- A directory that may be passed through and not listed (\`chmod 311\`) is read-only as a whole, as nobody can tell what is in it. With a git repository below a name that is not
  UTF-8, nothing starts (\`repository-not-held\`), unless the policy lifts \`git-config\`.
- Inside \`node_modules\` nothing is protected: packages bring such files along, and nobody runs them from there. But no repository is made there or
  moved in, as none is looked for there, and \`git status\` enters one that the project's index lists as a submodule. Moved out of it, files would be protected:
  a \`node_modules\` with a package that brings an \`.npmrc\` keeps its name. So does a directory with more than 200,000 entries, more than 64 deep, or with something in it that may not be listed: it
  is not looked through.
- \`git init\` and \`git clone\` make repositories without hooks. Other programs that make one with its hooks themselves fail (\`cargo new\` outside a
  repository: run \`git init\` before it, or use \`--vcs none\`).
- Letters match in either case, for file systems that do not tell them apart. Dots and spaces at the end of a new name do not count, for those that drop them
  (vfat, exFAT, shares of Windows): \`.bashrc.\` is refused as \`.bashrc\` is. So it is with what patterns deny.

## Lifting a group

Name it in the policy. The editor underlines it as a warning that says what it allows:

\`\`\`json
{ "filesystem": { "denyRead": [], "allowWrite": ["."], "denyWrite": [], "liftProtections": ["editor-settings"] } }
\`\`\`

\`allowGitConfig\`, which sandbox-runtime knows too, lifts \`git-config\`. Lift \`editor-settings\`, for instance, to clone projects that bring a
\`.vscode\` folder.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of await generatedFiles()) {
    mkdirSync(dirname(join(root, file.path)), { recursive: true });
    writeFileSync(join(root, file.path), file.content);
    console.log(`wrote ${file.path}`);
  }
}
