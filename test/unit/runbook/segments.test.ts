import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Segment, Segments } from '../../../src/runbook/transfer/segments.ts';

async function* wireOf(content: Buffer, chunkBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += chunkBytes) {
    // Memory of its own, as a wire's chunks have.
    const piece = content.subarray(at, at + chunkBytes);
    const chunk = Buffer.allocUnsafeSlow(piece.length);
    chunk.set(piece);
    yield chunk;
  }
}

test('whatever is lost and sent again, the segments that the pod keeps are the wire', async () => {
  const script = fc.record({
    content: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
    chunkBytes: fc.integer({ min: 1, max: 700 }),
    sizes: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 5 }),
    fates: fc.array(fc.constantFrom('kept', 'lost', 'taken'), { minLength: 1, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(script, async ({ content, chunkBytes, sizes, fates }) => {
      const segments = new Segments(wireOf(Buffer.from(content), chunkBytes));
      const kept = Buffer.alloc(content.length);
      let losses = 50;
      for (let turn = 0; ; turn++) {
        const segment: Segment | undefined = await segments.next(sizes[turn % sizes.length] ?? 1);
        if (segment === undefined) break;
        const fate = losses-- > 0 ? fates[turn % fates.length] : 'kept';
        if (fate === 'lost') {
          segments.giveBack(segment);
          continue;
        }
        kept.set(Buffer.concat(segment.chunks), segment.offset);
        segments.kept(segment.offset);
        if (fate === 'taken') segments.taken(segments.keptBytes);
      }
      assert.deepEqual(
        { kept, bytes: segments.keptBytes, total: segments.totalBytes },
        { kept: Buffer.from(content), bytes: content.length, total: content.length },
      );
    }),
  );
});

test('a segment that is known to be there is not sent again', async () => {
  const segments = new Segments(wireOf(Buffer.alloc(300, 'x'), 100));
  const first = await segments.next(100);
  const second = await segments.next(100);
  assert.ok(first !== undefined && second !== undefined);
  segments.giveBack(first);
  segments.giveBack(second);
  // The answers came after all, over the next connection.
  segments.taken(100);
  segments.kept(100);
  const third = await segments.next(100);
  assert.deepEqual({ offset: third?.offset, keptBytes: segments.keptBytes }, { offset: 200, keptBytes: 200 });
});

test('no more is read ahead than the pod has room for, until tar has taken some', async () => {
  const mebibyte = 2 ** 20;
  const segments = new Segments(wireOf(Buffer.alloc(60 * mebibyte), mebibyte));
  const sizes: number[] = [];
  for (let count = 0; count < 4; count++) {
    const segment = await segments.next(10 * mebibyte);
    sizes.push(segment?.sizeBytes ?? 0);
    segments.kept(segment?.offset ?? 0);
  }
  let isThere = false;
  const fifth = segments.next(10 * mebibyte).then((segment) => {
    isThere = true;
    return segment;
  });
  await new Promise((resolve) => setImmediate(resolve));
  const before = isThere;
  segments.taken(10 * mebibyte);
  assert.deepEqual(
    { sizes, before, offset: (await fifth)?.offset },
    { sizes: Array(4).fill(10 * mebibyte), before: false, offset: 40 * mebibyte },
  );
});

test('a wire that fails is never taken for one that ended', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    throw new Error('changed');
  }
  const segments = new Segments(failing());
  await segments.next(10);
  segments.kept(0);
  await assert.rejects(segments.next(10), { message: 'changed' });
  await assert.rejects(segments.next(10), { message: 'changed' });
  assert.equal(segments.totalBytes, undefined);
});
