import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Verification, verificationJson, verificationText } from '../../../src/output/verification.ts';

const compared: Verification = {
  backup: '5',
  target: { namespace: 'shop', name: 'orders-data' },
  exact: false,
  quick: false,
  members: 3,
  contentBytes: 7,
  differenceCount: 0,
  differences: [],
  expectedCount: 0,
  expected: [],
  extraFiles: 2,
  extra: [
    { path: 'one', kind: 'extra', found: 'file' },
    { path: 'two', kind: 'extra', found: 'file' },
  ],
};

test('files that the archive does not have are no differences', () => {
  const { outcome, differenceCount, differences } = verificationJson(compared);
  assert.deepEqual(
    [outcome, differenceCount, differences, verificationText(compared).trimEnd().split('\n').at(-1)],
    [
      'identical',
      0,
      [],
      'persistentvolumeclaim/orders-data is identical to backup/5: 3 members compared, 0 differences, 2 files that the archive does not have',
    ],
  );
});

test('files that the archive does not have are counted as differences with --exact', () => {
  const exact = { ...compared, exact: true };
  const { outcome, differenceCount, differences } = verificationJson(exact);
  assert.deepEqual(
    [outcome, differenceCount, differences, verificationText(exact).trimEnd().split('\n').at(-1)],
    [
      'different',
      2,
      compared.extra,
      'persistentvolumeclaim/orders-data differs from backup/5: 3 members compared, 2 differences, 2 files that the archive does not have',
    ],
  );
});

const same: Verification = { ...compared, extraFiles: 0, extra: [] };
const counts = (differences: string): string =>
  `backup/5: 3 members compared, ${differences}, 0 files that the archive does not have\n`;

test('a volume is called identical only where its content was read', () => {
  const different = { ...same, differenceCount: 1 };
  const all = [same, { ...same, quick: true }, different, { ...different, quick: true }];
  assert.deepEqual(all.map(verificationText), [
    `persistentvolumeclaim/orders-data is identical to ${counts('0 differences')}`,
    `persistentvolumeclaim/orders-data is alike, but for content that was not read, to ${counts('0 differences')}`,
    `persistentvolumeclaim/orders-data differs from ${counts('1 difference')}`,
    `persistentvolumeclaim/orders-data differs (content was not read) from ${counts('1 difference')}`,
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
