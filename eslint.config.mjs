import tseslint from 'typescript-eslint';

/** The layers of docs/architecture.md; test/architecture.test.ts walks what this cannot see. */
const layer = (files, forbidden, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: `^(${forbidden.join('|')})$`, message }] }] },
});

const world = ['(node:)?(fs|fs/.*|net|dgram|tls|http|https|child_process|os|worker_threads|process)'];

export default tseslint.config(
  { ignores: ['**/out/', '**/dist/', 'node_modules/', '**/*.generated.ts', '.vscode-server/', 'test-output/', 'test/peer/node_modules/', 'test/fixtures/workspaces/', 'test/vscode/harness/negative/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 6],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Name every export.' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }] }],
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true, boolean: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
    },
  },
  {
    files: ['sandbox-core/src/**/*.ts', 'server/src/**/*.ts'],
    ignores: ['sandbox-core/src/host/**', 'sandbox-core/src/cli/**'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only host, the CLI and the client read the environment.' }] },
  },
  layer(['sandbox-core/src/policy/**/*.ts'], [...world, '\\.\\./plan/.*', '\\.\\./host/.*', '\\.\\./launch/.*', '\\.\\./network/.*', '\\.\\./monitor/.*', '\\.\\./cli/.*'], 'policy is pure and imports nothing above it'),
  layer(['sandbox-core/src/plan/**/*.ts'], [...world, '\\.\\./launch/.*', '\\.\\./network/.*', '\\.\\./monitor/.*', '\\.\\./cli/.*'], 'a plan is computed from the policy and facts, it does not look at the world'),
  layer(['sandbox-core/src/network/**/*.ts'], ['\\.\\./plan/.*', '\\.\\./launch/.*', '\\.\\./cli/.*'], 'the network knows decisions, not plans'),
  layer(['sandbox-core/src/monitor/**/*.ts'], ['\\.\\./launch/.*', '\\.\\./cli/.*'], 'the monitor reports, it does not launch'),
  layer(['sandbox-core/src/{host,launch}/**/*.ts'], ['\\.\\./cli/.*'], 'the CLI is above the library'),
  layer(['server/src/**/*.ts'], ['vscode', 'sandbox-core(/internal/.*)?', '(node:)?child_process'], 'the server knows policies and starts nothing'),
  layer(['client/src/**/*.ts'], ['srt-language-server/internal/.*'], 'the client speaks to the server through its protocol'),
  { files: ['test/**/*.ts'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off', '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'before', 'after', 'beforeEach', 'afterEach'] }] }] } },
);
