/**
 * The wire format between Node and srt-helper; native/src/frame.h describes it.
 *
 * A frame is a list of fields, the first one its type. Numbers travel as unsigned 64-bit little-endian.
 */
export type FieldValue = string | number | Uint8Array;

/** As FRAME_MAX_BYTES there: a launch with tens of thousands of mounts. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

const LENGTH_BYTES = 4;
const NUMBER_BYTES = 8;

export function encodeFrame(...fields: readonly FieldValue[]): Buffer {
  const parts = fields.flatMap((field) => {
    const bytes = fieldBytes(field);
    return [lengthPrefix(bytes.length), bytes];
  });
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > MAX_FRAME_BYTES) throw new RangeError(`Expected a frame of at most ${MAX_FRAME_BYTES} bytes, got ${size}`);
  return Buffer.concat([lengthPrefix(size), ...parts]);
}

/** Strings with a NUL after each, as the helper takes lists. */
export function joinStrings(strings: readonly string[]): Buffer {
  return Buffer.from(strings.map((text) => text + '\0').join(''), 'utf8');
}

/** Collects bytes into frames. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /** @param limit the largest frame that the sender may send, bytes; a larger one is a protocol error and throws */
  constructor(private readonly limit: number) {}

  push(chunk: Buffer): Frame[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      if (this.pending.length < LENGTH_BYTES) return frames;
      const size = this.pending.readUInt32LE(0);
      if (size > this.limit) throw new RangeError(`Expected a frame of at most ${this.limit} bytes, got ${size}`);
      if (this.pending.length < LENGTH_BYTES + size) return frames;
      frames.push(new Frame(this.pending.subarray(LENGTH_BYTES, LENGTH_BYTES + size)));
      this.pending = this.pending.subarray(LENGTH_BYTES + size);
    }
  }
}

export class Frame {
  private readonly fields: readonly Buffer[];

  constructor(payload: Buffer) {
    this.fields = splitFields(payload);
  }

  get type(): string {
    return this.text(0);
  }

  /** Text of a path or a name: hostile, and not always UTF-8; invalid bytes become U+FFFD. */
  text(index: number): string {
    return this.bytes(index).toString('utf8');
  }

  bytes(index: number): Buffer {
    return this.fields[index] ?? Buffer.alloc(0);
  }

  number(index: number): number {
    const bytes = this.bytes(index);
    return bytes.length === NUMBER_BYTES ? Number(bytes.readBigUInt64LE(0)) : 0;
  }
}

function splitFields(payload: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at + LENGTH_BYTES <= payload.length; ) {
    const size = payload.readUInt32LE(at);
    if (size > payload.length - at - LENGTH_BYTES) throw new RangeError('Expected a whole field, got the end of its frame');
    fields.push(payload.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + size));
    at += LENGTH_BYTES + size;
  }
  return fields;
}

function fieldBytes(field: FieldValue): Uint8Array {
  if (typeof field === 'string') return Buffer.from(field, 'utf8');
  if (typeof field !== 'number') return field;
  const bytes = Buffer.alloc(NUMBER_BYTES);
  bytes.writeBigUInt64LE(BigInt(field));
  return bytes;
}

function lengthPrefix(size: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32LE(size);
  return bytes;
}
