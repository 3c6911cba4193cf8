import type { ArgumentTest, SeccompAction, SeccompRule } from '../plan/seccomp';
import { systemCallNumber } from '../plan/system-calls';

/** One `struct sock_filter` (linux/filter.h). */
interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

const INSTRUCTION_BYTES = 8;
const MAX_CALLS_IN_A_ROW = 3;

// linux/bpf_common.h
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP = 0x05; // BPF_JMP | BPF_JA
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_IF_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

// offsets in struct seccomp_data (linux/seccomp.h)
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const ARGUMENTS_OFFSET = 16;

// linux/seccomp.h and asm-generic/errno.h
const ALLOW = 0x7fff0000;
const USER_NOTIFY = 0x7fc00000;
const ERRNO = 0x00050000;
const EPERM = 1;
const ENOENT = 2;
const EACCES = 13;
const ENOSYS = 38;
const EOPNOTSUPP = 95;

/** linux/audit.h: AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64. Both are little-endian. */
const AUDIT_ARCHITECTURE = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
/** asm/unistd.h: calls of the x32 ABI, which share the architecture number of x86-64. */
const X32_BIT = 0x40000000;

/**
 * Assembles the filter: an array of `struct sock_filter` in the byte order of both architectures.
 *
 * Calls of another ABI (i386, x32, 32-bit arm) get ENOSYS, whatever their number: the rules name calls of this one.
 */
export function assembleSeccomp(rules: readonly SeccompRule[], architecture: 'x64' | 'arm64'): Buffer {
  const program = [
    load(ARCHITECTURE_OFFSET),
    { code: JUMP_IF_EQUAL, ifTrue: 1, ifFalse: 0, value: AUDIT_ARCHITECTURE[architecture] },
    returnValue(ERRNO | ENOSYS),
    load(NUMBER_OFFSET),
    ...(architecture === 'x64' ? [{ code: JUMP_IF_AT_LEAST, ifTrue: 0, ifFalse: 1, value: X32_BIT }, returnValue(ERRNO | ENOSYS)] : []),
    ...assembleSearch(groupByCall(rules, architecture).map(([number, group]) => ({ number, instructions: assembleCall(number, group) }))),
  ];
  return encode(program);
}

/** All rules of a call in one place, so that a call's number is compared once. By number. */
function groupByCall(rules: readonly SeccompRule[], architecture: 'x64' | 'arm64'): [number, SeccompRule[]][] {
  const groups = new Map<number, SeccompRule[]>();
  for (const rule of rules) {
    const number = systemCallNumber(rule.call, architecture);
    if (number === undefined) continue;
    const group = groups.get(number);
    if (group) group.push(rule);
    else groups.set(number, [rule]);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

interface CallInstructions {
  readonly number: number;
  readonly instructions: readonly Instruction[];
}

/**
 * The calls as a tree of comparisons. One after the other, the last of more than a hundred would cost each time it is made, and all of
 * them when the filter is loaded: the kernel tries it on every number there is.
 */
function assembleSearch(calls: readonly CallInstructions[]): Instruction[] {
  if (calls.length <= MAX_CALLS_IN_A_ROW) return [...calls.flatMap(({ instructions }) => instructions), returnValue(ALLOW)];
  const middle = calls.length >>> 1;
  const below = assembleSearch(calls.slice(0, middle));
  return [{ code: JUMP_IF_AT_LEAST, ifTrue: 0, ifFalse: 1, value: calls[middle]?.number ?? 0 }, { code: JUMP, ifTrue: 0, ifFalse: 0, value: below.length }, ...below, ...assembleSearch(calls.slice(middle))];
}

/** `if (number == N) { rules…; allow }`; the accumulator holds the number before and, if it is another one, after. */
function assembleCall(number: number, rules: readonly SeccompRule[]): Instruction[] {
  const body = rules.flatMap((rule) => assembleRule(rule));
  const ends = rules.at(-1)?.when === undefined ? body : [...body, returnValue(ALLOW)];
  return [{ code: JUMP_IF_EQUAL, ifTrue: 0, ifFalse: ends.length, value: number }, ...ends];
}

function assembleRule(rule: SeccompRule): Instruction[] {
  const tests = rule.when ?? [];
  const sizes = tests.map((test) => (test.mask === undefined ? 2 : 3));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  const compared = tests.flatMap((test, index) => {
    before += sizes[index] ?? 0;
    return assembleTest(test, total - before + 1);
  });
  return [...compared, returnValue(actionValue(rule.action))];
}

/** Falls through if the test holds; otherwise skips `toNextRule` instructions. */
function assembleTest(test: ArgumentTest, toNextRule: number): Instruction[] {
  const jump = test.test === 'equal' ? { ifTrue: 0, ifFalse: toNextRule } : { ifTrue: toNextRule, ifFalse: 0 };
  return [
    load(ARGUMENTS_OFFSET + 8 * test.argument),
    ...(test.mask === undefined ? [] : [{ code: AND, ifTrue: 0, ifFalse: 0, value: test.mask }]),
    { code: JUMP_IF_EQUAL, ...jump, value: test.value },
  ];
}

function actionValue(action: SeccompAction): number {
  switch (action) {
    case 'EPERM':
      return ERRNO | EPERM;
    case 'EACCES':
      return ERRNO | EACCES;
    case 'ENOSYS':
      return ERRNO | ENOSYS;
    case 'ENOENT':
      return ERRNO | ENOENT;
    case 'EOPNOTSUPP':
      return ERRNO | EOPNOTSUPP;
    case 'refuse':
    case 'notify':
      return USER_NOTIFY;
    case 'allow':
      return ALLOW;
  }
}

function load(offset: number): Instruction {
  return { code: LOAD_WORD, ifTrue: 0, ifFalse: 0, value: offset };
}

function returnValue(value: number): Instruction {
  return { code: RETURN, ifTrue: 0, ifFalse: 0, value };
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  program.forEach((instruction, index) => {
    const at = index * INSTRUCTION_BYTES;
    if (instruction.ifTrue > 255 || instruction.ifFalse > 255) throw new RangeError(`a call has too many rules for one jump (${instruction.ifFalse} instructions)`);
    bytes.writeUInt16LE(instruction.code, at);
    bytes.writeUInt8(instruction.ifTrue, at + 2);
    bytes.writeUInt8(instruction.ifFalse, at + 3);
    bytes.writeUInt32LE(instruction.value >>> 0, at + 4);
  });
  return bytes;
}
