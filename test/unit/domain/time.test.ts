import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { formatAge, formatRfc3339, parseDuration, parseTime } from '../../../src/domain/time.ts';

const now = new Date('2026-03-01T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

for (const [text, expected] of [
  ['2026-02-28T23:30:00Z', '2026-02-28T23:30:00.000Z'],
  ['2026-02-28t23:30:00z', '2026-02-28T23:30:00.000Z'],
  ['2026-02-28T23:30:00.250+02:00', '2026-02-28T21:30:00.250Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['45s', '2026-03-01T11:59:15.000Z'],
  ['90m', '2026-03-01T10:30:00.000Z'],
  ['26h', '2026-02-28T10:00:00.000Z'],
  ['7d', '2026-02-22T12:00:00.000Z'],
  ['1d12h', '2026-02-28T00:00:00.000Z'],
  ['0s', '2026-03-01T12:00:00.000Z'],
] as const) {
  test(`takes ${text} for a time`, () => {
    assert.equal(parseTime(text, now).toISOString(), expected);
  });
}

for (const text of [
  '',
  'yesterday',
  '7',
  'd',
  '12h1d',
  '-1h',
  '1.5h',
  '2026-02-30',
  '2026-13-01',
  '2026-00-10',
  '2026-03-00',
  '2026-02-29T00:00:00Z',
  '2026-03-01T12:00:00',
  '2026-03-01 12:00:00Z',
  '2026-03-01T24:30:00Z',
  '2026-03-01T12:00:00+99:00',
  '99999999999999d',
]) {
  test(`refuses "${text}" as a time, with the forms`, () => {
    assert.throws(() => parseTime(text, now), {
      name: 'RangeError',
      message: `"${text}" is not a time: give RFC 3339 with a zone (2026-03-01T12:00:00Z), a day (2026-03-01) or an age (90m, 26h, 7d)`,
    });
  });
}

test('reads back every time that it writes', () => {
  const seconds = fc.integer({ min: 0, max: 253402300799 });
  fc.assert(
    fc.property(seconds, (time) => {
      const date = new Date(time * 1000);
      assert.deepEqual(parseTime(formatRfc3339(date), now), date);
    }),
  );
});

test('either parses a text or throws a RangeError', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[-0-9TZ:.+dhms]{1,25}$/));
  fc.assert(
    fc.property(text, (value) => {
      try {
        assert.ok(!Number.isNaN(parseTime(value, now).getTime()));
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

test('writes RFC 3339 in UTC without milliseconds', () => {
  assert.equal(formatRfc3339(new Date('2026-03-01T14:00:00.987+02:00')), '2026-03-01T12:00:00Z');
});

for (const [text, seconds] of [
  ['0', 0],
  ['180s', 180],
  ['5m', 300],
  ['1h30m', 5400],
  ['7d', 604800],
] as const) {
  test(`takes ${text} for ${seconds} seconds`, () => {
    assert.equal(parseDuration(text), seconds);
  });
}

for (const text of ['', '180', 's', '-5m', '5 m', '1m1h', '99999999999999999d']) {
  test(`refuses "${text}" as a duration`, () => {
    assert.throws(() => parseDuration(text), {
      name: 'RangeError',
      message: `"${text}" is not a duration: give a number with its unit (180s, 5m, 1h30m, 7d) or 0`,
    });
  });
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
for (const [seconds, age] of [
  [-5, '<invalid>'],
  [-1, '0s'],
  [45, '45s'],
  [119, '119s'],
  [2 * minute, '2m'],
  [5 * minute + 30, '5m30s'],
  [12 * minute + 30, '12m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [5 * hour + 12 * minute, '5h12m'],
  [47 * hour, '47h'],
  [3 * day + 4 * hour, '3d4h'],
  [45 * day, '45d'],
  [3 * 365 * day + 20 * day, '3y20d'],
  [9 * 365 * day + 20 * day, '9y'],
] as const) {
  test(`shows an age of ${seconds} seconds as ${age}`, () => {
    assert.equal(formatAge(secondsAgo(seconds), now), age);
  });
}

test('shows the age of no time as unknown', () => {
  assert.equal(formatAge(new Date(''), now), '<unknown>');
});
