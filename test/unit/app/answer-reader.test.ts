import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Answer, AnswerReader } from '../../../src/app/answer-reader.ts';

const bytes = Buffer.from([0x0a, 0xff, ...Buffer.from('done 0\nmain 3\n')]);
const stream = Buffer.concat([
  Buffer.from(`main  ${bytes.length}\n`),
  bytes,
  Buffer.from('wal 0\nagain main 16 abc\ndone 0\n8:1 12 regular file|/a b\nlook 2\nok'),
  Buffer.from('done 0\n'),
]);

function answersTo(chunks: readonly Buffer[]) {
  const answers: Answer[] = [];
  const reader = new AnswerReader((answer) => answers.push(answer));
  for (const chunk of chunks) reader.push(chunk);
  return answers.map(({ frames, lines }) => ({ frames: Object.fromEntries(frames), lines }));
}

test('takes answers apart, whatever their bytes look like and wherever the chunks end', () => {
  const expected = [
    { frames: { main: bytes, wal: Buffer.alloc(0) }, lines: ['again main 16 abc'] },
    { frames: { look: Buffer.from('ok') }, lines: ['8:1 12 regular file|/a b'] },
  ];
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const ends = [0, ...cuts.sort((one, other) => one - other), stream.length];
      const chunks = ends.slice(1).map((end, index) => stream.subarray(ends[index], end));
      assert.deepEqual(answersTo(chunks), expected);
    }),
  );
});
