import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOfContainer, readerPod } from '../../../src/domain/reader-pod.ts';
import { newRunId } from '../../../src/domain/run.ts';

const fromMap = { name: 'NKVM_BACKUP_DIR', valueFrom: { configMapKeyRef: { name: 'nkvm', key: 'backups' } } };
const database = { name: 'NKVM_METADATA_DB_PATH', value: 'data/backups.db' };
const template = {
  spec: {
    containers: [
      { name: 'proxy', volumeMounts: [{ name: 'certificates', mountPath: '/certificates' }] },
      {
        name: 'app',
        workingDir: '/srv',
        env: [{ name: 'FTP_PASSWORD', value: 'secret' }, database, fromMap],
        envFrom: [{ configMapRef: { name: 'nkvm' } }, { secretRef: { name: 'passwords' } }],
        volumeMounts: [
          { name: 'data', mountPath: '/srv/data', subPath: 'data' },
          { name: 'cache', mountPath: '/cache' },
          { name: 'backups', mountPath: '/backups' },
          { name: 'data', mountPath: '/logs', subPath: 'logs' },
        ],
      },
    ],
    volumes: [
      { name: 'certificates', persistentVolumeClaim: { claimName: 'certificates' } },
      { name: 'data', persistentVolumeClaim: { claimName: 'nkvm-data' } },
      { name: 'cache', emptyDir: {} },
      { name: 'backups', persistentVolumeClaim: { claimName: 'nkvm-backups' } },
    ],
  },
};

test('the claims of the app’s container are those that it mounts, each once', () => {
  assert.deepEqual(claimsOfContainer(template, 'app'), ['nkvm-data', 'nkvm-backups']);
});

test('the reader pod has the app’s claims at its paths, read-only, and of its environment only what says where its files are', () => {
  const now = new Date(0);
  const pod = readerPod(
    {
      run: newRunId(now, new Uint8Array(5)),
      claim: { namespace: 'apps', name: 'nkvm-data', uid: 'uid' },
      image: 'alpine:3.20',
      identity: { kind: 'root' },
      placement: {},
      heartbeat: now,
      operator: 'me',
    },
    { template, container: 'app' },
  );
  const { containers, volumes } = pod['spec'] as {
    containers: Record<string, unknown>[];
    volumes: unknown[];
  };
  const { name, env, envFrom, workingDir, volumeMounts } = containers[0] ?? {};
  assert.deepEqual(
    {
      name,
      env,
      envFrom,
      workingDir,
      mounts: (volumeMounts as unknown[]).slice(0, 3),
      volumes: volumes.slice(0, 2),
    },
    {
      name: 'reader',
      env: [database, fromMap],
      envFrom: [{ configMapRef: { name: 'nkvm' } }],
      workingDir: '/srv',
      mounts: [
        { name: 'data', mountPath: '/srv/data', subPath: 'data', readOnly: true },
        { name: 'backups', mountPath: '/backups', readOnly: true },
        { name: 'data', mountPath: '/logs', subPath: 'logs', readOnly: true },
      ],
      volumes: [template.spec.volumes[1], template.spec.volumes[3]],
    },
  );
});
