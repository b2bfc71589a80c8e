import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import type { PluginResult } from '../support/plugin.ts';
import { clusterState, volumeState } from '../support/volume-state.ts';

clusterTest('list | validate | restore hand one backup on', async (scene) => {
  const { shop, claim, backups, pipe } = await twoBackups(scene);

  const results = await pipe(
    ['list', 'orders-data', '-n', shop.name, '--limit', '1', '-o', 'json'],
    ['validate', '-f', '-', '-o', 'json'],
    ['restore', '-f', '-', '--yes', '-o', 'json'],
  );

  assert.deepEqual(
    results.map(({ exitCode }) => exitCode),
    [0, 0, 0],
  );
  const record = JSON.parse(results[2]?.stdout ?? '');
  assert.deepEqual([record.backup.id, record.outcome], [backups[1]?.id, 'restored']);
  assert.deepEqual(volumeState(claim.folder), backups[1]?.state);
});

clusterTest('a backup is handed on by name alone', async (scene) => {
  const { shop, claim, backups, pipe } = await twoBackups(scene);

  const results = await pipe(
    ['list', 'orders-data', '-n', shop.name, '--until', '2026-01-01T12:00:30Z', '-o', 'name'],
    ['restore', '-f', '-', '--yes'],
  );

  assert.deepEqual(
    results.map(({ exitCode }) => exitCode),
    [0, 0],
  );
  assert.deepEqual(results[0]?.stdout, `backup/${backups[0]?.id}\n`);
  assert.deepEqual(volumeState(claim.folder), backups[0]?.state);
});

clusterTest(
  'validate at the end of a pipe leaves nothing to restore from a damaged archive',
  async (scene) => {
    const { shop, claim, app, pipe } = await twoBackups(scene);
    const before = [volumeState(claim.folder), await clusterState(shop)];
    writeFileSync(join(app.folder, 'damaged.tar.gz'), 'no archive');
    await app.file(claim, join(app.folder, 'damaged.tar.gz'));

    const results = await pipe(
      ['list', 'orders-data', '-n', shop.name, '--limit', '1', '-o', 'json'],
      ['validate', '-f', '-', '-o', 'json'],
      ['restore', '-f', '-', '--yes'],
    );

    assert.deepEqual(
      results.map(({ exitCode }) => exitCode),
      [0, 11, 11],
    );
    assert.deepEqual([volumeState(claim.folder), await clusterState(shop)], before);
  },
);

clusterTest('a verdict of complete that somebody wrote is not believed', async (scene) => {
  const { shop, app, claim, operator } = await twoBackups(scene);
  const listed = await operator.run(['list', '-n', shop.name, '--limit', '1', '-o', 'json'], {
    cwd: app.folder,
  });
  const { items } = JSON.parse(listed.stdout);
  const [item] = items;
  writeFileSync(item.archive.resolvedPath, 'not what was backed up');
  const before = [volumeState(claim.folder), await clusterState(shop)];
  const input = JSON.stringify({ ...item, verdict: { result: 'complete' } });

  const refused = await operator.run(['restore', '-f', '-', '--yes'], { cwd: app.folder, input });

  assert.equal(refused.exitCode, 11);
  assert.deepEqual([volumeState(claim.folder), await clusterState(shop)], before);
});

/** A claim with other data than its two backups, and pipes between commands that find the history by themselves. */
async function twoBackups(scene: Scene) {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  const order = join(claim.folder, 'order');
  const backups = [];
  for (const content of ['first', 'second']) {
    writeFileSync(order, content);
    const state = volumeState(claim.folder);
    backups.push({ ...(await app.backUp(claim)), state });
  }
  writeFileSync(order, 'destroyed');
  const pipe = async (...commands: readonly (readonly string[])[]): Promise<PluginResult[]> => {
    const results: PluginResult[] = [];
    for (const args of commands) {
      const input = results.at(-1)?.stdout ?? '';
      results.push(await operator.run(args, { cwd: app.folder, input }));
    }
    return results;
  };
  return { ...scene, claim, backups, pipe };
}
