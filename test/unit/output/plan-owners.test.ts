import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossWords } from '../../../src/output/plan-owners.ts';

for (const { losses, words } of [
  { losses: [0, 0, 0, 0], words: 'no owner, mode or setuid bit is lost' },
  { losses: [1204, 3, 0, 0], words: '1,204 members lose their owner, 3 their setuid bit' },
  { losses: [1, 0, 1, 0], words: '1 member loses its owner, 1 their setgid bit' },
  { losses: [0, 0, 0, 2], words: '2 members lose their mode, which would keep their owner from reading' },
] as const) {
  test(`losses of ${losses.join(', ')} are told as "${words}"`, () => {
    const [owners, setuid, setgid, modes] = losses;
    assert.equal(lossWords({ owners, setuid, setgid, modes }), words);
  });
}
