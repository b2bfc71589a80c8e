import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { V1PodSpec } from '@kubernetes/client-node';
import { toTemplate } from '../../../src/cluster/pod-templates.ts';
import { claimUser } from '../../../src/domain/pod-template.ts';

const spec: V1PodSpec = {
  securityContext: { runAsUser: 1000, fsGroup: 2000, supplementalGroups: [3000] },
  volumes: [
    { name: 'logs', persistentVolumeClaim: { claimName: 'orders-logs' } },
    { name: 'orders', persistentVolumeClaim: { claimName: 'orders-data' } },
  ],
  containers: [
    { name: 'shipper', volumeMounts: [{ name: 'logs', mountPath: '/logs' }] },
    {
      name: 'app',
      securityContext: { runAsUser: 1700, runAsGroup: 1701 },
      volumeMounts: [{ name: 'orders', mountPath: '/data' }],
    },
  ],
};
const groups = { fsGroup: 2000, supplementalGroups: [3000] };

test('the user is that of the container that has the claim, its own before the pod’s', () => {
  const template = toTemplate(spec);
  assert.deepEqual(
    ['orders-data', 'orders-logs', 'other'].map((claim) => claimUser(template, claim)),
    [{ uid: 1700, gid: 1701, ...groups }, { uid: 1000, ...groups }, groups],
  );
});

test('a StatefulSet’s claim is found by its claim template', () => {
  const template = toTemplate({
    containers: [
      { name: 'db', securityContext: { runAsUser: 26 }, volumeMounts: [{ name: 'data', mountPath: '/d' }] },
    ],
  });
  assert.deepEqual(claimUser(template, 'data-db-0', ['data']), { uid: 26, supplementalGroups: [] });
});

test('a running pod tells the user that its template leaves to the image', () => {
  const { securityContext: _, ...bare } = spec;
  const containerStatuses = [
    {
      name: 'shipper',
      ready: true,
      restartCount: 0,
      image: '',
      imageID: '',
      user: { linux: { uid: 101, gid: 102 } },
    },
  ];
  const template = toTemplate(bare, { containerStatuses });
  assert.deepEqual(claimUser(template, 'orders-logs'), { uid: 101, gid: 102, supplementalGroups: [] });
});
