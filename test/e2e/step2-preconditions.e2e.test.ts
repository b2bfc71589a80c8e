/** Codes of the failure matrix's step 2 that are known before anything is changed: by the claim, RBAC, the workloads. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permission } from '../../src/cluster/cluster.ts';
import { requiredPermissions } from '../../src/runbook/permissions.ts';
import { cluster, kubectl } from '../support/cluster.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, restoreArgs } from '../support/failed-restore.ts';
import type { TestClaim } from '../support/namespace.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';
import { deployment, statefulSet } from '../support/workloads.ts';

const deletingPolicy = { whenDeleted: 'Retain', whenScaled: 'Delete' };
const idle = { command: ['sleep', '3600'] };

clusterTest('[claim-unusable] a claim that is not there, being deleted or Lost is refused', async (scene) => {
  const { shop, app } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  const refused = (message: string) => ({ exitCode: 12, code: 'claim-unusable', step: 2, message, next: [] });
  assert.deepEqual(
    await failedRestore(scene, backup, ['--target', 'nothing']),
    refused('persistentvolumeclaim/nothing in namespace NS does not exist; there are: data'),
  );

  await shop.apply(deployment('web', { claims: ['data'], container: idle }));
  await shop.rolledOut('deployment/web');
  await shop.kubectl(['delete', 'pvc', 'data', '--wait=false']);
  assert.deepEqual(
    await failedRestore(scene, backup),
    refused('persistentvolumeclaim/data in namespace NS is being deleted'),
  );

  await shop.claim('lost');
  await kubectl(['delete', 'pv', `${shop.name}-lost`, '--wait=false']);
  const finalizers = '{"metadata":{"finalizers":null}}';
  await kubectl(['patch', 'pv', `${shop.name}-lost`, '--type=merge', '-p', finalizers]);
  await shop.kubectl(['wait', 'pvc/lost', '--for=jsonpath={.status.phase}=Lost', '--timeout=30s']);
  assert.deepEqual(
    await failedRestore(scene, backup, ['--target', 'lost']),
    refused('persistentvolumeclaim/lost in namespace NS is Lost: its volume NS-lost is gone'),
  );
});

clusterTest('[permission-missing] one missing verb is named before anything is changed', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  const withoutDelete = requiredPermissions.filter(
    ({ verb, resource }) => !(verb === 'delete' && resource === 'pods'),
  );
  const kubeconfig = await serviceAccountWith(scene, withoutDelete);
  const before = await wholeObjects(shop);
  const failed = await failedRestore(scene, backup, ['--kubeconfig', kubeconfig]);
  assert.deepEqual(failed, {
    exitCode: 12,
    code: 'permission-missing',
    step: 2,
    message: 'in namespace NS you may not: delete pods',
    next: [],
  });
  assert.deepEqual(await wholeObjects(shop), before);
  assert.deepEqual(operator.records(), []);
});

clusterTest(
  '[workload-mismatch] a workload that is named wrongly, or not named, is refused',
  async (scene) => {
    const { shop, app } = scene;
    const claim = await shop.claim('data');
    await shop.claim('other');
    await shop.apply(
      deployment('web', { claims: ['data'], container: idle }),
      deployment('worker', { claims: ['data'], container: idle }),
      deployment('stranger', { claims: ['other'], container: idle }),
    );
    const backup = await app.backUp(claim);
    const before = await leftOn(shop);
    const refused = (message: string) => ({
      exitCode: 12,
      code: 'workload-mismatch',
      step: 2,
      message,
      next: [],
    });
    const named = ['--workload', 'deploy/web', '--workload', 'deploy/worker'];
    assert.deepEqual(
      await failedRestore(scene, backup, [...named, '--workload', 'deploy/stranger']),
      refused('deployment/stranger does not mount data; deployment/web, deployment/worker does'),
    );
    assert.deepEqual(
      await failedRestore(scene, backup, ['--workload', 'deploy/web']),
      refused('deployment/worker mounts data too and is not named'),
    );
    assert.deepEqual(await leftOn(shop), before);
  },
);

clusterTest(
  '[claims-would-be-deleted] scaling down that deletes claims needs --retain-claims',
  async (scene) => {
    const { shop, app, operator } = scene;
    const claim = await ordinalZero(scene);
    const backup = await app.backUp(claim);
    const before = volumeState(claim.folder);
    const failed = await failedRestore(scene, backup);
    assert.deepEqual(failed, {
      exitCode: 12,
      code: 'claims-would-be-deleted',
      step: 2,
      message:
        'statefulset/db deletes its claims when it is scaled down (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)',
      next: [],
    });
    assert.deepEqual(volumeState(claim.folder), before);

    const retained = await operator.run(restoreArgs(scene, backup, '--retain-claims'));
    assert.equal(retained.exitCode, 0, retained.stderr);
    await shop.rolledOut('statefulset/db');
    assert.deepEqual(await leftOn(shop), ['PersistentVolumeClaim/data-db-0', 'StatefulSet/db at 1']);
    const { spec } = await shop.get('statefulset/db');
    assert.deepEqual(spec?.['persistentVolumeClaimRetentionPolicy'], deletingPolicy);
    assert.equal((await shop.get('pvc/data-db-0')).metadata.uid, claim.uid);
  },
);

clusterTest('[record-unwritable] a run that cannot be recorded changes nothing', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('data');
  await shop.apply(deployment('web', { claims: ['data'], container: idle }));
  await shop.rolledOut('deployment/web');
  const backup = await app.backUp(claim);
  const inTheWay = join(operator.home, 'a-file');
  writeFileSync(inTheWay, '');
  const before = await wholeObjects(shop);
  const failed = await failedRestore(scene, backup, ['--record', join(inTheWay, 'record.json')]);
  assert.deepEqual(
    { ...failed, message: failed.message.replaceAll(operator.home, 'HOME') },
    {
      exitCode: 12,
      code: 'record-unwritable',
      step: 2,
      message:
        "the incident record HOME/a-file/record.json cannot be written: EEXIST: file already exists, mkdir 'HOME/a-file'",
      next: [],
    },
  );
  assert.deepEqual(await wholeObjects(shop), before);
});

/** A StatefulSet of one, up, whose claim goes when it is scaled down. */
async function ordinalZero({ shop }: Scene): Promise<TestClaim> {
  const folder = await shop.volume('data-db-0');
  const spec = { persistentVolumeClaimRetentionPolicy: deletingPolicy };
  await shop.apply(statefulSet('db', { spec, container: idle }));
  await shop.rolledOut('statefulset/db');
  const { uid } = (await shop.get('pvc/data-db-0')).metadata;
  return { namespace: shop.name, name: 'data-db-0', uid, folder };
}

/** A kubeconfig whose user has exactly these permissions in the namespace. */
async function serviceAccountWith(
  { shop, operator }: Scene,
  permissions: readonly Permission[],
): Promise<string> {
  await shop.kubectl(['create', 'serviceaccount', 'operator']);
  const rules = permissions.map(({ group, resource, verb }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'operator' } };
  await shop.apply({ ...role, rules });
  const subject = `--serviceaccount=${shop.name}:operator`;
  await shop.kubectl(['create', 'rolebinding', 'operator', '--role=operator', subject]);
  const token = (await shop.kubectl(['create', 'token', 'operator'])).trim();
  const file = join(operator.home, 'operator.kubeconfig');
  const config = ['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json'];
  const { clusters, contexts, ...rest } = JSON.parse(
    await kubectl(config, { kubeconfig: cluster().kubeconfig }),
  );
  const users = [{ name: 'operator', user: { token } }];
  const [{ name, context }] = contexts;
  const own = [{ name, context: { ...context, user: 'operator' } }];
  writeFileSync(file, JSON.stringify({ ...rest, clusters, contexts: own, users }), { mode: 0o600 });
  return file;
}
