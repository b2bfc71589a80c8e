/** Codes of the failure matrix's step 2 that are about who writes: what is not stopped, and what does not stop. */
import assert from 'node:assert/strict';
import { whileRefused } from '../support/admission.ts';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn } from '../support/failed-restore.ts';
import { deployment } from '../support/workloads.ts';

clusterTest(
  '[unsupported-writer] each writer that is not stopped is named, with what stops it',
  async (scene) => {
    const { shop, app } = scene;
    const named: Record<string, readonly [string, readonly string[]]> = {
      pod: ['Pod/writer', ['kubectl -n NS delete pod writer']],
      job: ['Job/writer', [`kubectl -n NS patch job writer -p '{"spec":{"suspend":true}}'`]],
      cronjob: ['CronJob/writer', [`kubectl -n NS patch cronjob writer -p '{"spec":{"suspend":true}}'`]],
      daemonset: [
        'DaemonSet/writer',
        [
          `kubectl -n NS patch daemonset writer -p '{"spec":{"template":{"spec":{"nodeSelector":{"nkvm.dev/none":"true"}}}}}'`,
        ],
      ],
      replicaset: ['ReplicaSet/writer', ['kubectl -n NS scale replicaset writer --replicas=0']],
      replicationcontroller: [
        'ReplicationController/writer',
        ['kubectl -n NS scale replicationcontroller writer --replicas=0'],
      ],
    };
    let backup: FiledBackup | undefined;
    for (const kind of Object.keys(named)) {
      const claim = await shop.claim(kind);
      backup ??= await app.backUp(claim);
    }
    await shop.apply(...otherWriters());
    for (const [kind, [name, next]] of Object.entries(named)) {
      const failed = await failedRestore(scene, backup ?? { id: '' }, ['--target', kind]);
      assert.deepEqual(failed, {
        exitCode: 12,
        code: 'unsupported-writer',
        step: 2,
        message: `NS/${kind} is mounted by ${name}, which this tool does not stop`,
        next,
      });
    }
  },
);

clusterTest('[quiesce-failed] a workload that may not be scaled down stays as it is', async (scene) => {
  const { shop } = scene;
  const backup = await writing(scene, deployment('web', { replicas: 2, claims: ['data'] }));
  await whileRefused(
    shop,
    {
      apiGroup: 'apps',
      resource: 'deployments',
      operation: 'UPDATE',
      allowed: 'object.spec.replicas > 0',
      message: 'this shop never closes',
      probe: ['patch', 'deployment/web', '-p', '{"spec":{"replicas":0}}'],
    },
    async () => {
      const failed = await failedRestore(scene, backup);
      assert.deepEqual(failed, {
        exitCode: 12,
        code: 'quiesce-failed',
        step: 2,
        message: `deployment/web could not be scaled to 0: deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'NS' with binding 'NS' denied request: this shop never closes`,
        next: [],
      });
    },
  );
  assert.deepEqual(await leftOn(shop), ['Deployment/web at 2', 'PersistentVolumeClaim/data']);
});

for (const keepStopped of [false, true]) {
  const left = keepStopped ? '--keep-stopped leaves it down' : 'it gets its replicas back';
  clusterTest(
    `[writers-not-stopped] a writer that takes its time ends the run, and ${left}`,
    async (scene) => {
      const { shop } = scene;
      const stubborn = {
        container: { command: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'] },
        pod: { terminationGracePeriodSeconds: 8 },
      };
      const backup = await writing(scene, deployment('web', { claims: ['data'], ...stubborn }));
      const [pod] = await shop.list('pods');
      const name = pod?.metadata.name ?? '';
      const flags = ['--quiesce-timeout', '2s', ...(keepStopped ? ['--keep-stopped'] : [])];
      const failed = await failedRestore(scene, backup, flags);
      const resume = keepStopped ? ['kubectl nkvm cleanup RUN --resume -n NS'] : [];
      assert.deepEqual(failed, {
        exitCode: 12,
        code: 'writers-not-stopped',
        step: 2,
        message: `after 2 s these pods still hold the claim: ${name} (terminating on localhost, of ReplicaSet/${name.replace(/-[^-]+$/, '')})`,
        next: [`kubectl -n NS describe pod ${name}`, ...resume],
      });
      assert.deepEqual(await leftOn(shop), [
        keepStopped ? 'Deployment/web at 0 claim=data replicas=1 run=RUN' : 'Deployment/web at 1',
        'PersistentVolumeClaim/data',
      ]);
    },
  );
}

/** A backup of a claim that is being written to. */
async function writing({ shop, app }: Scene, workload: object): Promise<FiledBackup> {
  const claim = await shop.claim('data');
  const backup = await app.backUp(claim);
  await shop.apply(workload);
  await shop.rolledOut('deployment/web');
  return backup;
}

function otherWriters(): readonly object[] {
  const template = (claimName: string, restartPolicy: string) => ({
    metadata: { labels: { app: claimName } },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          image: 'nkvm.local/busybox:1',
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '3600'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  });
  const metadata = { name: 'writer' };
  const selector = (app: string) => ({ selector: { matchLabels: { app } } });
  const always = (kind: string) => ({ ...selector(kind), template: template(kind, 'Always') });
  const job = (kind: string) => ({ template: template(kind, 'Never') });
  const { spec } = template('pod', 'Always');
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: job('job') },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job('cronjob') } },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: always('daemonset') },
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: always('replicaset') },
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata,
      spec: {
        selector: { app: 'replicationcontroller' },
        template: template('replicationcontroller', 'Always'),
      },
    },
  ];
}
