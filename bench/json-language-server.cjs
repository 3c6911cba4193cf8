// The yardstick: vscode-json-languageservice with the schema of policies, behind the same plumbing as our server.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const fromServer = createRequire(join(__dirname, '..', 'server', 'package.json'));
const { createConnection, ProposedFeatures, TextDocuments, TextDocumentSyncKind } = fromServer('vscode-languageserver/node');
const { TextDocument } = fromServer('vscode-languageserver-textdocument');
const { getLanguageService } = fromServer('vscode-json-languageservice');
const schema = require('../schemas/policy.schema.json');

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const service = getLanguageService({});
service.configure({ validate: true, schemas: [{ uri: 'srt://policy', fileMatch: ['*'], schema }] });

const withDocument = (work) => ({ textDocument, position }) => {
  const document = documents.get(textDocument.uri);
  return work(document, service.parseJSONDocument(document), position);
};
connection.onInitialize(() => ({
  capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental, completionProvider: {}, hoverProvider: true, diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false } },
}));
connection.onCompletion(withDocument((document, json, position) => service.doComplete(document, position, json)));
connection.onHover(withDocument((document, json, position) => service.doHover(document, position, json)));
connection.languages.diagnostics.on(withDocument(async (document, json) => ({ kind: 'full', items: await service.doValidation(document, json) })));
documents.listen(connection);
connection.listen();
