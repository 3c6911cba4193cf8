/** A classic-BPF machine, as far as seccomp filters use one: https://docs.kernel.org/networking/filter.html */

export interface SystemCall {
  readonly architecture: number;
  readonly number: number;
  readonly arguments?: readonly (number | bigint)[];
}

export const AUDIT_ARCH = { x64: 0xc000003e, i386: 0x40000003, arm64: 0xc00000b7, arm: 0x40000028 } as const;

/** The filter's verdict: `allow`, `notify`, or `errno N`. */
export function runFilter(program: Buffer, call: SystemCall): string {
  const data = seccompData(call);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at++) {
    const [code, ifTrue, ifFalse, value] = [program.readUInt16LE(at * 8), program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3), program.readUInt32LE(at * 8 + 4)];
    if (code === 0x20) accumulator = data.readUInt32LE(value);
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x15) at += accumulator === value ? ifTrue : ifFalse;
    else if (code === 0x35) at += accumulator >= value ? ifTrue : ifFalse;
    else if (code === 0x05) at += value;
    else if (code === 0x06) return verdict(value);
    else throw new Error(`unknown instruction 0x${code.toString(16)}`);
  }
  throw new Error('the program ran past its end');
}

function verdict(value: number): string {
  if (value === 0x7fff0000) return 'allow';
  if (value === 0x7fc00000) return 'notify';
  if (value >>> 16 === 5) return `errno ${value & 0xffff}`;
  return `0x${value.toString(16)}`;
}

function seccompData({ architecture, number, arguments: values = [] }: SystemCall): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number >>> 0, 0);
  data.writeUInt32LE(architecture, 4);
  values.forEach((value, index) => data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + 8 * index));
  return data;
}
