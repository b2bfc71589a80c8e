import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../../src/context.ts';
import { observe, type Signs } from '../../../../src/runbook/guard/observe.ts';

/** One that only moves while somebody sleeps. */
function clockOf(): Clock & { readonly seconds: () => number } {
  let elapsedMs = 5000;
  return {
    now: () => new Date(0),
    monotonicMs: () => elapsedMs,
    sleep: async (milliseconds) => {
      elapsedMs += milliseconds;
    },
    seconds: () => (elapsedMs - 5000) / 1000,
  };
}

/** What is seen, by the seconds that have passed. */
async function observed(first: Record<string, string>, lookAt: (second: number) => Record<string, string>) {
  const clock = clockOf();
  const { signal } = new AbortController();
  const signs = (seen: Record<string, string>): Signs => new Map(Object.entries(seen));
  const { living, dead } = await observe({ clock, signal }, signs(first), async () =>
    signs(lookAt(clock.seconds())),
  );
  return { living: [...living], dead: [...dead], seconds: clock.seconds() };
}

test('what stays the same for as long as a lock lasts is dead, and not a second sooner', async () => {
  assert.deepEqual(await observed({ one: '1' }, () => ({ one: '1' })), {
    living: [],
    dead: ['one'],
    seconds: 30,
  });
});

test('what changes is alive, at once', async () => {
  const renewed = await observed({ one: '1' }, (second) => ({ one: second < 8 ? '1' : '2' }));
  assert.deepEqual(renewed, { living: ['one'], dead: [], seconds: 8 });
});

test('what goes away is neither', async () => {
  const gone = await observed({ one: '1' }, (second) => (second < 3 ? { one: '1' } : {}));
  assert.deepEqual(gone, { living: [], dead: [], seconds: 3 });
});

test('all are looked at together, and nobody waits for the living', async () => {
  const both = await observed({ one: '1', two: '1' }, (second) => ({ one: '1', two: String(second) }));
  assert.deepEqual(both, { living: ['two'], dead: ['one'], seconds: 30 });
});

test('where there is nothing to look at nobody waits', async () => {
  assert.deepEqual(await observed({}, () => ({})), { living: [], dead: [], seconds: 0 });
});
