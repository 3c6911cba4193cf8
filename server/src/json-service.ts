import { policySchema, presets } from 'sandbox-core/policy';
import { getLanguageService, type ClientCapabilities, type JSONDocument, type JSONSchema, type LanguageService } from 'vscode-json-languageservice';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** What any JSON file gets (completion by schema, symbols, formatting), with the policy's schema for every document. */
export interface JsonService {
  readonly language: LanguageService;
  parse(document: TextDocument): JSONDocument;
}

/** Made when it is first needed: a client waits for the server to start, and hovers may never need it. */
export function createJsonService(clientCapabilities: ClientCapabilities): JsonService {
  let made: LanguageService | undefined;
  const language = (): LanguageService => (made ??= configuredService(clientCapabilities));
  return {
    get language() {
      return language();
    },
    parse: (document) => language().parseJSONDocument(document),
  };
}

function configuredService(clientCapabilities: ClientCapabilities): LanguageService {
  const language = getLanguageService({ clientCapabilities });
  const schema = withPresets(policySchema as JSONSchema); // the same draft, narrower
  // The validator of sandbox-core speaks about values; two answers to one mistake would be one too many.
  language.configure({ validate: false, allowComments: true, schemas: [{ uri: 'srt://schemas/policy.schema.json', fileMatch: ['*'], schema }] });
  return language;
}

/** The presets as values of `extends`, and as whole policies to begin with. */
function withPresets(schema: JSONSchema): JSONSchema {
  const known = Object.entries(presets);
  const { extends: bases } = schema.properties ?? {};
  const items = { enum: known.map(([name]) => name), markdownEnumDescriptions: known.map(([, { description }]) => description) };
  const wholes = known.map(([name, { description }]) => ({ label: `Preset ${name}`, description, body: { extends: [name] } }));
  return {
    ...schema,
    defaultSnippets: [...(schema.defaultSnippets ?? []), ...wholes],
    properties: { ...schema.properties, ...(typeof bases === 'object' && { extends: { ...bases, items: { type: 'string', ...items } } }) },
  };
}
