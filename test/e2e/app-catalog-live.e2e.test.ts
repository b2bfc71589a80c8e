/** A history that is read while the app writes it is one committed state, and the app has nothing of it afterwards. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Backup } from '../../src/domain/backup.ts';
import { InClusterApp } from '../support/app.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { until } from '../support/namespace.ts';

const readings = 5;

for (const { journalMode, hasPython, way } of [
  { journalMode: 'delete', hasPython: true, way: 'by an online backup' },
  { journalMode: 'delete', hasPython: false, way: 'from its file and journal' },
  { journalMode: 'wal', hasPython: true, way: 'from its file and log' },
  { journalMode: 'wal', hasPython: false, way: 'from its file and log' },
] as const) {
  const image = hasPython ? 'with Python' : 'without Python';
  clusterTest(`a history in mode ${journalMode} is read ${way} in an image ${image}`, async (scene) => {
    const app = await InClusterApp.start(scene, { journalMode, hasPython });
    if (journalMode === 'wal') await until(async () => filesOf(app).includes('backups.db-shm'));
    const before = { files: filesOf(app), processes: await processesOf(app) };

    const ticks: (readonly string[])[] = [];
    const isBackup: boolean[] = [];
    for (let reading = 0; reading < readings; reading++) {
      const { messages, stderr } = await list(scene, app);
      ticks.push(messages);
      isBackup.push(!stderr.includes('no online backup'));
    }

    const everyTick = (count: number) => Array.from({ length: count }, (_, tick) => `tick ${count - tick}`);
    assert.deepEqual(
      ticks,
      ticks.map(({ length }) => everyTick(length)),
    );
    assert.deepEqual(
      {
        isBackup,
        isGrowing: ticks.every(({ length }, index) => length > (ticks[index - 1]?.length ?? 0)),
        files: filesOf(app),
        processes: await processesOf(app),
      },
      { isBackup: Array(readings).fill(hasPython && journalMode === 'delete'), isGrowing: true, ...before },
    );
  });
}

/** Newest first. */
async function list({ operator }: Scene, { ref }: InClusterApp) {
  const { exitCode, stdout, stderr } = await operator.run([
    ...['list', '-n', 'writer', '--status', 'any', '--limit', '0', '--catalog', ref, '-o', 'json', '-v'],
  ]);
  assert.equal(exitCode, 0, stderr);
  const { items } = JSON.parse(stdout) as { readonly items: readonly Backup[] };
  return { messages: items.map(({ message }) => message), stderr };
}

/** On its volume; a journal comes and goes. */
function filesOf({ claim }: InClusterApp): readonly string[] {
  const names = readdirSync(join(claim.folder, 'data')).filter((name) => !name.endsWith('-journal'));
  return names.sort();
}

/** Of the app's container, less the one that asks; a sleep comes and goes. */
async function processesOf(app: InClusterApp): Promise<readonly string[]> {
  const script = 'for one in /proc/[0-9]*; do tr "\\0" " " <$one/cmdline; echo; done';
  const lines = (await app.exec('sh', '-c', script)).split('\n').map((line) => line.slice(0, 20).trim());
  const own = ['', 'sleep 1', script.slice(0, 20)];
  return lines
    .filter((line) => !own.includes(line) && !line.startsWith('sh -c for one in') && !line.startsWith('tr '))
    .sort();
}
