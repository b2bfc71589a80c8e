import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerSecurity, podSecurity } from '../../../src/domain/pod-security.ts';

const user = {
  kind: 'unprivileged',
  uid: 1000,
  gid: 1001,
  fsGroup: 2000,
  fsGroupChangePolicy: 'OnRootMismatch',
  supplementalGroups: [3000],
  source: 'deployment/web',
  refusal: '',
} as const;
const ids = { runAsUser: 1000, runAsGroup: 1001, runAsNonRoot: true };
const seccompProfile = { type: 'RuntimeDefault' };

test('to restore, the volume is given to fsGroup as for the workload', () => {
  assert.deepEqual(podSecurity(user, 'restore'), {
    ...ids,
    fsGroup: 2000,
    fsGroupChangePolicy: 'OnRootMismatch',
    supplementalGroups: [3000],
    seccompProfile,
  });
});

test('to verify, the pod joins the group, as a volume must not be changed for fsGroup', () => {
  assert.deepEqual(podSecurity(user, 'verify'), { ...ids, supplementalGroups: [3000, 2000], seccompProfile });
});

for (const purpose of ['restore', 'verify'] as const) {
  test(`a user has no capability to ${purpose} with`, () => {
    assert.deepEqual(containerSecurity(user, purpose), {
      ...ids,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      seccompProfile,
      capabilities: { drop: ['ALL'] },
    });
  });
}
