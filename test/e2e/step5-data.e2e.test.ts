/** Codes of steps 5.1 and 5.2: what landed is not what was filed, cannot be read, or fails the operator's check. */
import assert from 'node:assert/strict';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../src/domain/shell-words.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import {
  failedRestore,
  failureOf,
  leftOn,
  nextOfHalfWritten,
  nextOlder,
  restoreArgs,
} from '../support/failed-restore.ts';
import { apiServer, startTcpProxy } from '../support/tcp-proxy.ts';
import { deployment } from '../support/workloads.ts';

const resume = 'kubectl nkvm cleanup RUN --resume -n NS';
const down = 'Deployment/web at 0 claim=data earlier={"spec":{"replicas":2}} run=RUN';
const halfWritten = 'PersistentVolumeClaim/data half-written-by=RUN half-written-since=TIME';

/** The restore pod as somebody else than root: busybox tar then drops owners, and exits 0. */
const asNobody = JSON.stringify({
  spec: {
    containers: [
      {
        name: 'restore-helper',
        image: 'nkvm.local/busybox:1',
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done'],
        securityContext: { runAsUser: 65534, runAsGroup: 65534 },
        volumeMounts: [
          { name: 'target', mountPath: '/restore' },
          { name: 'work', mountPath: '/nkvm' },
        ],
      },
    ],
  },
});

clusterTest(
  '[data-differs] owners that tar dropped without a word leave the writers stopped',
  async (scene) => {
    const { shop, app } = scene;
    const claim = await shop.claim('data');
    await app.backUp(claim);
    const owned = join(claim.folder, 'owned');
    writeFileSync(owned, 'by www-data');
    chownSync(owned, 33, 33);
    const backup = await app.backUp(claim);
    rmSync(owned);
    chownSync(claim.folder, 65534, 65534);
    const idle = { command: ['sleep', '3600'] };
    await shop.apply(deployment('web', { replicas: 2, claims: ['data'], container: idle }));
    await shop.rolledOut('deployment/web');
    const failed = await failedRestore(scene, backup, ['--overrides', asNobody]);
    const overrides = shellWord(`--overrides=${asNobody}`);
    assert.deepEqual(failed, {
      exitCode: 15,
      code: 'data-differs',
      step: 5,
      message: `the volume is not what the archive holds:
  . uid: expected 0, found 65534
  . gid: expected 0, found 65534
  owned uid: expected 33, found 65534
  owned gid: expected 33, found 65534`,
      next: [...nextOfHalfWritten(2, ` ${overrides}`), ...nextOlder(` ${overrides}`)],
    });
    assert.deepEqual(await leftOn(shop), [down, halfWritten]);
  },
);

clusterTest(
  '[verification-failed] a volume that cannot be read back leaves the writers stopped',
  async (scene) => {
    const { t, shop, operator } = scene;
    const backup = await live(scene);
    const proxy = await startTcpProxy(t, await apiServer());
    const restore = operator.start(restoreArgs(scene, backup, '--server', proxy.server));
    await restore.until('Step 5.1');
    proxy.stall();
    await shop.kubectl(['delete', 'pod', '-l', 'nkvm.dev/run', '--force', '--grace-period=0']);
    proxy.release();
    const failed = failureOf(scene, await restore.exited);
    assert.match(failed.message, /^the volume could not be read back: .*(not found|gone|lost|ended with)/);
    assert.deepEqual(failed, {
      exitCode: 15,
      code: 'verification-failed',
      step: 5,
      message: failed.message,
      next: nextOfHalfWritten(2, '', ` --server ${proxy.server}`),
    });
    assert.deepEqual(await leftOn(shop), [down, halfWritten]);
  },
);

clusterTest('[check-failed] a check that fails leaves whole data and stopped writers', async (scene) => {
  const { shop, operator } = scene;
  const backup = await live(scene);
  const check = 'echo 3 orders are missing; ls big-0; exit 4';
  const failed = await failedRestore(scene, backup, ['--check', 'true', '--check', check]);
  const checks = `--check=true ${shellWord(`--check=${check}`)}`;
  assert.deepEqual(failed, {
    exitCode: 15,
    code: 'check-failed',
    step: 5,
    message: `check ended with 4: ${check}\n  3 orders are missing\n  big-0`,
    next: [resume, ...nextOlder(` ${checks}`)],
  });
  assert.deepEqual(await leftOn(shop), [down, 'PersistentVolumeClaim/data']);
  const [record] = operator.records();
  assert.deepEqual(record?.applicationChecks, [
    { where: 'restore-pod', command: 'true', exitCode: 0, output: '' },
    { where: 'restore-pod', command: check, exitCode: 4, output: '3 orders are missing\nbig-0\n' },
  ]);
});

/** Two backups of a claim that is being written to; the younger one takes a while to compare. */
async function live({ shop, app }: Scene): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  await app.backUp(claim);
  const backup = await app.fileBig(claim, { mebibytes: 64 });
  await shop.apply(deployment('web', { replicas: 2, claims: ['data'] }));
  await shop.rolledOut('deployment/web');
  return backup;
}
