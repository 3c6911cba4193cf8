import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { encodeFrame, FrameReader, joinStrings } from 'sandbox-core/internal/launch/frame';

describe('frames', () => {
  it('come out as they went in, however the bytes arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 5 }), { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 20 })), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map((fields) => encodeFrame(...fields)));
        const reader = new FrameReader(10_000);
        const received = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const next = at + (cuts[cut] ?? bytes.length);
          received.push(...reader.push(bytes.subarray(at, next)));
          at = next;
        }
        assert.deepEqual(received.map((frame, index) => frames[index]!.map((_, field) => [...frame.bytes(field)])), frames.map((fields) => fields.map((field) => [...field])));
      }),
    );
  });

  it('carry texts and numbers', () => {
    const [frame] = new FrameReader(1000).push(encodeFrame('exit', 137, 9, joinStrings(['a', 'é'])));
    assert.deepEqual([frame!.type, frame!.number(1), frame!.number(2), frame!.text(3)], ['exit', 137, 9, 'a\0é\0']);
  });

  it('are refused when they are too large or cut short', () => {
    assert.throws(() => new FrameReader(10).push(encodeFrame('x'.repeat(20))), RangeError);
    assert.throws(() => new FrameReader(100).push(Buffer.from([5, 0, 0, 0, 9, 0, 0, 0, 1])), RangeError);
  });
});
