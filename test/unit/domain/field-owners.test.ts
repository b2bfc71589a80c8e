import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toClusterObject } from '../../../src/domain/cluster-object.ts';
import { withoutOurs } from '../../../src/domain/field-owners.ts';

function left(...managedFields: readonly object[]) {
  return withoutOurs(
    toClusterObject({ kind: 'Deployment', apiVersion: 'apps/v1' }, { metadata: { managedFields } }),
  );
}

const ours = { manager: 'kubectl-nkvm', operation: 'Update' };
const applied = { manager: 'ci', operation: 'Apply' };
const updated = { manager: 'kubectl-client-side-apply', operation: 'Update' };
const status = { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' };

test('our fields are given up where somebody applies the object, and only there', () => {
  assert.deepEqual(
    [left(applied, ours, status), left(updated, ours, status), left(applied, status), left()],
    [[applied, status], undefined, undefined, undefined],
  );
});
