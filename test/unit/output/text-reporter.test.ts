import assert from 'node:assert/strict';
import test from 'node:test';
import { createReporter, type ReporterOptions } from '../../../src/output/text-reporter.ts';
import type { Progress } from '../../../src/runbook/reporter.ts';

const erase = '\r\x1b[K';

/** A reporter on a stream that keeps what is written, with a clock that the test sets. */
function reporterOn(
  options: Partial<ReporterOptions> = {},
  terminal: { readonly columns?: number } | undefined = undefined,
) {
  const written: string[] = [];
  const clock = { seconds: 0 };
  const stream = {
    write: (text: string) => void written.push(text),
    isTTY: terminal !== undefined,
    ...terminal,
  };
  const now = () => new Date(Date.UTC(2026, 2, 1) + clock.seconds * 1000);
  const reporter = createReporter({ stream, mode: 'normal', format: 'text', color: false, now, ...options });
  const at = (seconds: number, progress: Progress) => {
    clock.seconds = seconds;
    reporter.progress(progress);
  };
  return { reporter, at, written };
}

const copied = (done: number): Progress => ({ label: 'Copy', done, total: 1000, unit: 'bytes' });

test('writes messages as lines, those of a step below its heading', () => {
  const { reporter, written } = reporterOn();
  reporter.info('catalog: /nkvm/data/backups.db');
  reporter.heading('Step 2: Quiesce target workload');
  reporter.info('deployment/orders scaled to 0');
  reporter.warn('first\nsecond');
  reporter.detail('PATCH /apis/apps/v1');
  assert.equal(
    written.join(''),
    `catalog: /nkvm/data/backups.db
Step 2: Quiesce target workload
  deployment/orders scaled to 0
  warning: first
    second
`,
  );
});

test('writes details when verbose', () => {
  const { reporter, written } = reporterOn({ mode: 'verbose' });
  reporter.detail('PATCH /apis/apps/v1');
  assert.deepEqual(written, ['PATCH /apis/apps/v1\n']);
});

test('writes only warnings when quiet', () => {
  const { reporter, at, written } = reporterOn({ mode: 'quiet' }, { columns: 60 });
  reporter.heading('Step 1');
  reporter.info('info');
  at(1, copied(500));
  reporter.warn('the claim has another UID');
  assert.deepEqual(written, ['warning: the claim has another UID\n']);
});

test('colours headings and the word warning', () => {
  const { reporter, written } = reporterOn({ color: true });
  reporter.heading('Step 1');
  reporter.warn('careful');
  assert.deepEqual(written, ['\x1b[1mStep 1\x1b[22m\n', '  \x1b[33mwarning:\x1b[39m careful\n']);
});

test('escapes what could drive the terminal in every kind of message', () => {
  const { reporter, at, written } = reporterOn({ mode: 'verbose' }, { columns: 60 });
  for (const say of [reporter.info, reporter.warn, reporter.detail, reporter.heading]) say('\x1b[2J\u202e');
  at(1, { label: '\x1b[2J', done: 1, unit: 'members' });
  assert.deepEqual(written, [
    '\\x1b[2J\\u202e\n',
    'warning: \\x1b[2J\\u202e\n',
    '\\x1b[2J\\u202e\n',
    '\\x1b[2J\\u202e\n',
    `${erase}\\x1b[2J  1 members`,
  ]);
});

test('redraws a bar in place on a terminal, not more often than anybody can see, and at its end', () => {
  const { at, written } = reporterOn({}, { columns: 60 });
  at(0, copied(0));
  at(0.05, copied(50));
  at(1, copied(500));
  at(1.01, copied(1000));
  assert.deepEqual(written, [
    `${erase}Copy  [${'-'.repeat(37)}]  0%  0B/1000B`,
    `${erase}Copy  [#########---------]  50%  500B/1000B  500B/s  ETA 1s`,
    `${erase}Copy  [########################]  100%  1000B/1000B  990B/s`,
  ]);
});

test('erases the bar before any other line and when all is done', () => {
  const { reporter, at, written } = reporterOn({}, { columns: 20 });
  at(0, copied(0));
  reporter.info('extracted');
  reporter.info('verified');
  at(1, copied(100));
  reporter.done();
  reporter.done();
  assert.deepEqual(written, [
    `${erase}Copy  0%  0B/1000B`,
    erase,
    'extracted\n',
    'verified\n',
    `${erase}Copy  10%  ETA 9s`,
    erase,
  ]);
});

test('logs progress off a terminal for each tenth, five seconds apart at least', () => {
  const { at, written } = reporterOn();
  const steps = [
    [0, 0],
    [1, 200],
    [6, 250],
    [8, 290],
    [9, 310],
    [13, 320],
    [14, 400],
    [30, 405],
    [31, 1000],
  ] as const;
  for (const [seconds, done] of steps) at(seconds, copied(done));
  assert.deepEqual(
    written.map((line) => line.split('  ').slice(0, 3).join(' ')),
    ['Copy 25% 250B/1000B', 'Copy 32% 320B/1000B', 'Copy 40% 405B/1000B'],
  );
});

test('logs progress without a total every five seconds', () => {
  const { at, written } = reporterOn();
  for (const seconds of [0, 3, 5, 9, 10]) at(seconds, { label: 'Read', done: seconds * 10, unit: 'members' });
  assert.deepEqual(written, ['Read  50 members  10 members/s\n', 'Read  100 members  10 members/s\n']);
});

test('writes each event as one JSON line with its time', () => {
  const { reporter, at, written } = reporterOn({ format: 'jsonl' }, { columns: 60 });
  reporter.heading('Step 4: Copy and extract archive');
  reporter.warn('two\nlines\x9b');
  at(0, copied(0));
  at(6, copied(500));
  reporter.done();
  assert.deepEqual(written, [
    '{"time":"2026-03-01T00:00:00.000Z","type":"heading","text":"Step 4: Copy and extract archive"}\n',
    '{"time":"2026-03-01T00:00:00.000Z","type":"warn","text":"two\\nlines\\u009b"}\n',
    '{"time":"2026-03-01T00:00:06.000Z","type":"progress","label":"Copy","done":500,"total":1000,"unit":"bytes"}\n',
  ]);
});
