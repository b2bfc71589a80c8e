/** `--catalog app`: the history and the archives' sizes are read out of the NKVM app, which goes on meanwhile. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Backup } from '../../src/domain/backup.ts';
import { InClusterApp, runtimeFolder } from '../support/app.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { genuine } from '../support/run-cli.ts';

clusterTest(
  '`list` shows the genuine history of an app that writes, with the sizes of its archives',
  async (scene) => {
    const app = await InClusterApp.start(scene, { genuine: true });

    const { exitCode, stdout, stderr } = await scene.operator.run([
      ...['list', '-A', '--catalog', app.ref, '--limit', '0', '-o', 'json'],
    ]);

    const { items } = JSON.parse(stdout) as { readonly items: readonly Backup[] };
    const archives = join(genuine, 'backups');
    const expected = readdirSync(archives).map((name) => [
      app.ref,
      `${runtimeFolder}/backups/${name}`,
      statSync(join(archives, name)).size,
    ]);
    assert.deepEqual(
      {
        exitCode,
        catalogue: stderr.match(/^catalogue: .*$/m)?.[0],
        backups: items.map(({ catalog, archive }) => [catalog, archive?.resolvedPath, archive?.sizeBytes]),
      },
      { exitCode: 0, catalogue: `catalogue: ${app.ref}`, backups: expected.sort().reverse() },
    );
  },
);
