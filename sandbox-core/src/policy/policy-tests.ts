import { getNodeValue, type Node } from 'jsonc-parser';

import { nodeAt, parsePolicy, printable } from './parse';
import type { PolicyTestFile } from './policy-test.generated';
import { validate as generatedValidate } from './policy-test-validator.generated';
import { describePointer, toPointer, type PolicyPointer } from './pointer';

/** One thing that a test expects, with its place in the test file. */
export interface Expectation {
  readonly pointer: PolicyPointer;
  readonly test: string;
  readonly expected: 'allow' | 'deny';
  readonly operation: 'read' | 'write' | 'connect' | 'command';
  readonly target: string;
}

/** @property errors what keeps the file from being run, with offsets into its text */
export interface ParsedPolicyTests {
  readonly file?: PolicyTestFile;
  readonly root?: Node;
  readonly errors: readonly { readonly offset: number; readonly message: string }[];
}

interface Validator {
  (value: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly message?: string; readonly params: Readonly<Record<string, unknown>> }[] | null;
}

const validateShape = generatedValidate as Validator; // generated without types

/** Never throws. */
export function parsePolicyTests(text: string): ParsedPolicyTests {
  const { root, problems } = parsePolicy(text);
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ range, message }) => ({ offset: range.offset, message }));
  if (!root || errors.length > 0) return { errors };
  const value: unknown = getNodeValue(root);
  if (validateShape(value)) return { file: value as PolicyTestFile, root, errors: [] }; // just validated
  const faults = (validateShape.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = params['additionalProperty'];
    const where = instancePath === '' ? '' : `${printable(describePointer(instancePath))}: `;
    return { offset: (nodeAt(root, instancePath) ?? root).offset, message: `${where}${typeof extra === 'string' ? `unknown key "${printable(extra)}"` : (message ?? 'not valid')}` };
  });
  return { root, errors: faults };
}

const OPERATIONS = ['read', 'write', 'connect', 'command'] as const;

export function expectations({ tests }: PolicyTestFile): Expectation[] {
  return tests.flatMap((test, index) =>
    OPERATIONS.flatMap((operation) =>
      (test[operation] ?? []).map((target, at) => ({ pointer: toPointer(['tests', index, operation, at]), test: test.name ?? `test ${index + 1}`, expected: test.expect, operation, target })),
    ),
  );
}
