import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHeldIncomplete, parseHeldIncomplete } from '../../../src/domain/held-incomplete.ts';

const cut = { result: 'truncated', reason: 'it ends inside member 4 (z)', membersRestored: 3 } as const;

test('what is written on a held workload is read back', () => {
  assert.deepEqual(parseHeldIncomplete(formatHeldIncomplete(cut)), cut);
});

test('that any member may be wrong is read back', () => {
  const doubtful = { ...cut, isWhole: true, doubt: 'gzip-checksum' } as const;
  assert.deepEqual(parseHeldIncomplete(formatHeldIncomplete(doubtful)), doubtful);
});

test('an archive that was whole leaves nothing to read', () => {
  assert.equal(parseHeldIncomplete(undefined), undefined);
});

test('a reason is bounded, whoever wrote it', () => {
  const reason = 'x'.repeat(3000);
  const longest = { ...cut, reason: 'x'.repeat(1000) };
  assert.deepEqual(
    [
      parseHeldIncomplete(formatHeldIncomplete({ ...cut, reason })),
      parseHeldIncomplete(JSON.stringify({ ...cut, reason })),
    ],
    [longest, longest],
  );
});

test('of a stranger’s text nothing is believed but that the archive was not whole', () => {
  const unknown = { result: 'corrupt', reason: 'the held run did not say how', membersRestored: 0 };
  const texts = [
    ...['', 'no JSON', 'null', '[]', '7', '"x"', '{"result":"complete","membersRestored":-1}'],
    ...[
      '{"result":{},"reason":[],"membersRestored":1.5,"isWhole":1,"doubt":"x"}',
      `{"reason":"${'x'.repeat(4000)}"}`,
    ],
  ];
  assert.deepEqual(
    texts.map(parseHeldIncomplete),
    texts.map(() => unknown),
  );
});
