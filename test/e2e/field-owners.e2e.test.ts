/** Who applies a workload server-side owns its fields again when a restore has given them back. */
import assert from 'node:assert/strict';
import { clusterTest } from '../support/cluster-test.ts';
import { recordOf, restoreArgs } from '../support/failed-restore.ts';
import type { TestNamespace } from '../support/namespace.ts';
import { Operator } from '../support/plugin.ts';
import { deployment } from '../support/workloads.ts';

clusterTest('no field stays ours, however a run ends that has given it back', async (scene) => {
  const { t, shop, app, operator } = scene;
  const backup = await app.backUp(await shop.claim('data'));
  await applyServerSide(shop, 1);
  await shop.rolledOut('deployment/web');
  const applied: (readonly string[])[] = [];
  const applyAgain = async (replicas: number): Promise<void> => {
    applied.push(await managers(shop));
    await applyServerSide(shop, replicas);
  };

  const restored = await operator.run(restoreArgs(scene, backup));
  await applyAgain(2);
  const noPod = ['--helper-image', 'nkvm.local/none:1', '--pod-timeout', '3s'];
  const failed = await operator.run(restoreArgs(scene, backup, ...noPod));
  await applyAgain(1);
  const held = await operator.run(restoreArgs(scene, backup, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);
  const cleaned = await new Operator(t).run(['cleanup', run, '--resume', '-n', shop.name]);
  await applyAgain(0);

  assert.deepEqual(
    [[restored, failed, held, cleaned].map(({ exitCode }) => exitCode), applied],
    [
      [0, 13, 0, 0],
      [['ci'], ['ci'], ['ci']],
    ],
    restored.stderr,
  );
  assert.equal((await shop.get('deployment/web')).spec?.['replicas'], 0);
});

/** Without --force-conflicts: kubectl fails where another manager has one of the fields. */
async function applyServerSide(shop: TestNamespace, replicas: number): Promise<void> {
  const input = JSON.stringify(deployment('web', { claims: ['data'], replicas }));
  await shop.kubectl(['apply', '--server-side', '--field-manager=ci', '-f', '-'], { input });
}

/** Of all but the status. */
async function managers(shop: TestNamespace): Promise<readonly string[]> {
  const json = await shop.kubectl(['get', 'deployment/web', '--show-managed-fields', '-o', 'json']);
  const { metadata } = JSON.parse(json) as {
    readonly metadata: {
      readonly managedFields: readonly { readonly manager: string; readonly subresource?: string }[];
    };
  };
  return metadata.managedFields.flatMap(({ manager, subresource }) =>
    subresource === undefined ? manager : [],
  );
}
