import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Cluster, VolumeSnapshot } from '../../../../src/cluster/cluster.ts';
import { ApiError } from '../../../../src/cluster/connection-error.ts';
import type { RunId } from '../../../../src/domain/run.ts';
import type { Reporter } from '../../../../src/runbook/reporter.ts';
import type { Run } from '../../../../src/runbook/run.ts';
import {
  removeHalfCopy,
  safetyLeftovers,
  warnOfOtherCopies,
} from '../../../../src/runbook/safety/safety-leftovers.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const dead = { run: '20260301120000-bcdfg' as RunId, namespace: 'shop' };
const half = `nkvm-${dead.run}.tar.gz.partial`;

/** A machine's state folder, and a run that hears what is said. */
function machine(t: TestContext, snapshot: () => VolumeSnapshot | undefined = () => undefined) {
  const folder = tempFolder(t);
  for (const name of ['records', 'safety']) mkdirSync(join(folder, name));
  const said: string[] = [];
  const say = (line: string): void => void said.push(line.replaceAll(folder, 'STATE'));
  const reporter = { info: say, warn: say, detail: say } as unknown as Reporter;
  const cluster = { snapshots: { read: async () => snapshot() } } as unknown as Cluster;
  const run = { reporter, cluster, clock: { now: () => new Date() } } as unknown as Run;
  const record = (unfinishedCopy: unknown): void =>
    writeFileSync(join(folder, 'records', `${dead.run}.json`), JSON.stringify({ unfinishedCopy }));
  return { folder, run, said, record };
}

test('half a copy is found where copies are by default, and removed', async (t) => {
  const { folder, run, said } = machine(t);
  for (const name of [half, 'whole.tar.gz']) writeFileSync(join(folder, 'safety', name), '');
  const { files, next } = await safetyLeftovers(run, dead, folder);
  for (const file of files) await removeHalfCopy(file);
  assert.deepEqual(
    [files, next, said, readdirSync(join(folder, 'safety'))],
    [
      [join(folder, 'safety', half)],
      [],
      [`half of the safety copy of run ${dead.run}: STATE/safety/${half}`],
      ['whole.tar.gz'],
    ],
  );
});

test('half a copy is found where the run’s record says that it is', async (t) => {
  const { folder, run, record } = machine(t);
  const file = join(tempFolder(t), half);
  writeFileSync(file, '');
  record(file);
  assert.deepEqual((await safetyLeftovers(run, dead, folder)).files, [file]);
});

test('a record never names another file to be removed', async (t) => {
  const { folder, run, record } = machine(t);
  const precious = join(folder, 'precious');
  writeFileSync(precious, '');
  mkdirSync(join(folder, half));
  for (const what of [precious, join(folder, half), `volumesnapshot/nkvm-${dead.run}`, 7, null]) {
    record(what);
    assert.deepEqual((await safetyLeftovers(run, dead, folder)).files, [], String(what));
  }
});

test('a snapshot that is not ready is named with what removes it, one that is ready is only named', async (t) => {
  const found = [false, true].map((isReady) => machine(t, () => ({ isReady })));
  const next = await Promise.all(
    found.map(async ({ folder, run }) => (await safetyLeftovers(run, dead, folder)).next),
  );
  const what = `volumesnapshot/nkvm-${dead.run} has the volume as it was before run ${dead.run}`;
  assert.deepEqual(
    [next, found.map(({ said }) => said)],
    [
      [[`kubectl -n shop delete volumesnapshot nkvm-${dead.run}`], []],
      [[`${what}, and is not ready to use`], [`${what}; it stays`]],
    ],
  );
});

test('who may not look at snapshots can still clean up', async (t) => {
  const { folder, run } = machine(t, () => {
    throw new ApiError(403, 'Forbidden', 'no');
  });
  assert.deepEqual(await safetyLeftovers(run, dead, folder), { files: [], next: [] });
});

test('half a copy of a run that has left nothing else is named once nobody writes to it', async (t) => {
  const { folder, run, said } = machine(t);
  const names = ['20260101000000-bcdfg', '20260101000001-bcdfg', dead.run].map(
    (id) => `nkvm-${id}.tar.gz.partial`,
  );
  for (const name of names) writeFileSync(join(folder, 'safety', name), '');
  const longAgo = new Date('2026-01-01');
  for (const name of [names[0] ?? '', half]) utimesSync(join(folder, 'safety', name), longAgo, longAgo);
  await warnOfOtherCopies(run, [dead], folder);
  const file = `STATE/safety/${names[0]}`;
  assert.deepEqual(said, [
    `${file} is half of a safety copy; its run 20260101000000-bcdfg has left nothing else here: rm ${file}`,
  ]);
});
