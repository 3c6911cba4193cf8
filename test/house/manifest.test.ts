import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { toolDefinitions } from 'sandbox-core/internal/agent/tool-definitions';
import { PROBLEM_CODES, SEVERITY_NAMES } from 'sandbox-core/policy';
import { POLICY_LANGUAGE } from 'srt-language-server/protocol';

import { root } from '../support/cli';

interface Manifest {
  readonly main: string;
  readonly engines: { readonly node: string; readonly vscode: string };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly jsonValidation: readonly { readonly fileMatch: string; readonly url: string }[];
    readonly grammars: readonly { readonly language: string; readonly path: string }[];
    readonly configuration: readonly { readonly title: string; readonly properties: Readonly<Record<string, { readonly scope?: string; readonly description?: string; readonly markdownDescription?: string; readonly propertyNames?: { readonly enum: readonly string[] }; readonly additionalProperties?: { readonly enum: readonly string[] } }>> }[];
    readonly commands: readonly { readonly command: string; readonly category: string; readonly title: string; readonly enablement?: string }[];
    readonly languageModelTools: readonly { readonly name: string; readonly modelDescription: string; readonly inputSchema: unknown }[];
    readonly walkthroughs: readonly { readonly steps: readonly { readonly description: string; readonly media: { readonly markdown: string } }[] }[];
    readonly terminal: { readonly profiles: readonly { readonly id: string }[] };
    readonly mcpServerDefinitionProviders: readonly { readonly id: string }[];
    readonly taskDefinitions: readonly { readonly type: string }[];
  };
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const settings = Object.assign({}, ...manifest.contributes.configuration.map(({ properties }) => properties)) as Manifest['contributes']['configuration'][number]['properties'];
const clientFiles = readdirSync(join(root, 'client', 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const english = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;
const translated = (text: string, language: Readonly<Record<string, string>>): string => language[text.replace(/^%|%$/g, '')] ?? text;

describe('the extension manifest', () => {
  it('contributes the commands that are registered', () => {
    const registered = [...read('client/src/command-ids.ts').matchAll(/: '(srt\.[\w.]+)',/g)].map(([, id]) => id);
    assert.ok(registered.length > 0);
    assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
    assert.deepEqual([...new Set(manifest.contributes.commands.map(({ category }) => category))], ['srt']);
  });

  it('offers agents the tools of srt mcp', () => {
    const offered = manifest.contributes.languageModelTools.map(({ name, modelDescription, inputSchema }) => ({ name, modelDescription, inputSchema }));
    assert.deepEqual(offered, toolDefinitions.map(({ name, description, inputSchema }) => ({ name: `srt_${name}`, modelDescription: description, inputSchema })));
  });

  it('runs nothing in an untrusted workspace: each command that starts something is disabled there', () => {
    const disabled = manifest.contributes.commands.filter(({ enablement }) => enablement?.includes('isWorkspaceTrusted')).map(({ command }) => command);
    assert.deepEqual(disabled.sort(), ['srt.newTerminal', 'srt.recordPolicy', 'srt.reopenOutside', 'srt.runTask', 'srt.switchPolicy', 'srt.tryRefusal']);
  });

  it('has a walkthrough whose buttons are commands', () => {
    const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    const buttons = steps.flatMap(({ description }) => [...translated(description, english).matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command));
    const commands = manifest.contributes.commands.map(({ command }) => command);
    assert.ok(buttons.length >= steps.length);
    assert.deepEqual(buttons.filter((command) => !commands.includes(command ?? '')), []);
    assert.deepEqual(steps.filter(({ media }) => !existsSync(join(root, media.markdown))), []);
  });

  it('names the ids that the code uses', () => {
    assert.deepEqual(manifest.contributes.languages.map(({ id }) => id), [POLICY_LANGUAGE]);
    assert.ok(read('client/src/mcp-provider.ts').includes(`'${manifest.contributes.mcpServerDefinitionProviders[0]?.id}'`));
    assert.ok(read('client/src/terminal-profile.ts').includes(`'${manifest.contributes.terminal.profiles[0]?.id}'`));
    assert.ok(read('client/src/task-provider.ts').includes(`'${manifest.contributes.taskDefinitions[0]?.type}'`));
  });

  it('declares every setting that is read, with a description and a scope', () => {
    const declared = Object.entries(settings);
    const byClient = clientFiles.flatMap((name) => [...read(`client/src/${name}`).matchAll(/getConfiguration\('srt'[^)]*\)\.get<[^>]+>\('(\w+)'/g)].map(([, setting]) => `srt.${setting}`));
    const byServer = [...read('server/src/settings.ts').matchAll(/section: '([\w.]+)'/g)].map(([, setting]) => setting);
    assert.ok(byClient.length > 0 && byServer.length > 0);
    assert.deepEqual(declared.map(([name]) => name).sort(), [...new Set([...byClient, ...byServer])].sort());
    assert.deepEqual(declared.filter(([, { scope, description, markdownDescription }]) => scope === undefined || (description ?? markdownDescription) === undefined), []);
    // Whoever wrote the workspace must not choose what confines its commands before it is trusted.
    assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes('srt.policyFile'));
    assert.deepEqual(declared.map(([name]) => name).filter((name) => !manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes(name)), ['srt.explorerDecorations'], 'nor silence what is said of it');
  });

  it('offers every problem code and level for srt.severity', () => {
    const severity = settings['srt.severity'];
    assert.deepEqual([...(severity?.propertyNames?.enum ?? [])].sort(), ['*', ...PROBLEM_CODES].sort());
    assert.deepEqual(severity?.additionalProperties?.enum, SEVERITY_NAMES);
  });

  it('points at files that exist, and at the API it is compiled against', () => {
    const files = [...manifest.contributes.languages.map(({ configuration }) => configuration), ...manifest.contributes.grammars.map(({ path }) => path), ...manifest.contributes.jsonValidation.map(({ url }) => url), manifest.main];
    assert.deepEqual(files.filter((path) => !existsSync(join(root, path))), []);
    const types = JSON.parse(read('node_modules/@types/vscode/package.json')) as { version: string };
    assert.equal(manifest.engines.vscode, `^${types.version}`);
  });
});
