import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimModel } from '../../../src/domain/claim-model.ts';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import type { Pod } from '../../../src/domain/pod.ts';
import type { PodTemplate, TemplateContainer } from '../../../src/domain/pod-template.ts';
import type { Workload } from '../../../src/domain/workload.ts';

const claim = { namespace: 'shop', name: 'orders-data' };

function template(container: Partial<TemplateContainer>, more: Partial<PodTemplate> = {}): PodTemplate {
  return {
    tolerations: [],
    nodeSelector: {},
    pullSecrets: [],
    supplementalGroups: [],
    volumes: [{ name: 'orders', claim: claim.name }],
    containers: [{ name: 'app', volumes: ['orders'], ...container }],
    ...more,
  };
}

function workload(name: string, ofPods: PodTemplate): Workload {
  return {
    kind: 'Deployment',
    namespace: 'shop',
    name,
    object: toClusterObject({ apiVersion: 'apps/v1', kind: 'Deployment' }, { metadata: { name } }),
    claims: [claim.name],
    claimTemplates: [],
    selector: '',
    ephemeralVolumes: [],
    template: ofPods,
  };
}

function pod(name: string, ofPod: PodTemplate, labels: Readonly<Record<string, string>> = {}): Pod {
  return {
    namespace: 'shop',
    name,
    uid: name,
    phase: 'Running',
    deleting: false,
    gracePeriodSeconds: 30,
    preStopHooks: [],
    finalizers: [],
    claims: [claim.name],
    mounts: [],
    template: ofPod,
    labels,
    annotations: {},
    conditions: [],
    containers: [],
  };
}

test('nobody is like the claim’s user when nobody mounts it', () => {
  assert.equal(claimModel(claim, [], []), undefined);
});

test('what the workload names comes before what its pods were admitted with', () => {
  const named = template({ uid: 1000 }, { supplementalGroups: [5] });
  const admitted = template({ uid: 1, gid: 7 }, { fsGroup: 2000, supplementalGroups: [5, 6] });
  assert.deepEqual(claimModel(claim, [workload('orders', named)], [pod('orders-1', admitted)]), {
    source: 'deployment/orders',
    template: named,
    user: { uid: 1000, gid: 7, fsGroup: 2000, supplementalGroups: [5, 6] },
  });
});

test('without a workload a pod is the model, but none of NKVM’s or of this tool', () => {
  const own = template({ uid: 0 });
  const name = { 'app.kubernetes.io/name': 'nerdy-k8s-volume-manager' };
  const pods = [
    pod('nkvm-backup', own, { ...name, 'app.kubernetes.io/component': 'backup-helper' }),
    pod('nkvm-verify', own, { ...name, 'nkvm.dev/run': '20260101000000-bcdfg' }),
    pod('one', template({ uid: 1000 })),
  ];
  const model = claimModel(claim, [], pods);
  assert.deepEqual([model?.source, model?.user], ['pod/one', { uid: 1000, supplementalGroups: [] }]);
});
