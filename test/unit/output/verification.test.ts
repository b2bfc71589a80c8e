import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Verification, verificationJson, verificationText } from '../../../src/output/verification.ts';

const same: Verification = {
  backup: '1',
  target: { namespace: 'shop', name: 'orders' },
  exact: false,
  quick: false,
  members: 2,
  contentBytes: 7,
  differenceCount: 0,
  differences: [],
  expectedCount: 0,
  expected: [],
  extraFiles: 0,
  extra: [],
};
const counts = (differences: string): string =>
  `backup/1: 2 members compared, ${differences}, 0 files that the archive does not have\n`;

test('a volume is called identical only where its content was read', () => {
  const different = { ...same, differenceCount: 1 };
  const all = [same, { ...same, quick: true }, different, { ...different, quick: true }];
  assert.deepEqual(all.map(verificationText), [
    `persistentvolumeclaim/orders is identical to ${counts('0 differences')}`,
    `persistentvolumeclaim/orders is alike, but for content that was not read, to ${counts('0 differences')}`,
    `persistentvolumeclaim/orders differs from ${counts('1 difference')}`,
    `persistentvolumeclaim/orders differs (content was not read) from ${counts('1 difference')}`,
  ]);
  assert.deepEqual(
    all.map((one) => [verificationJson(one).outcome, verificationJson(one).contentCompared]),
    [
      ['identical', true],
      ['identical', false],
      ['different', true],
      ['different', false],
    ],
  );
});
