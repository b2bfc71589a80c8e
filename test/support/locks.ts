/** The locks of a namespace as kubectl shows them, and such as a test makes by hand. */
import { steady } from './failed-restore.ts';
import type { KubeObject, TestNamespace } from './namespace.ts';

const run = '20260102030405-bcdfg';

/** `NAME of HOLDER` for each, with the claim's name in the place of its uid. */
export async function locksOf(shop: TestNamespace): Promise<readonly string[]> {
  const leases = await shop.list('leases');
  return leases.map(({ metadata, spec }) => {
    const held = metadata.annotations?.['nkvm.dev/held'] === undefined ? '' : ', held';
    return `${metadata.annotations?.['nkvm.dev/claim']} of ${spec?.['holderIdentity']}${held}`;
  });
}

/** The same text for every claim, too. */
export function steadyLocks(shop: TestNamespace, text: string): string {
  return steady(shop, text).replaceAll(/\bnkvm-[0-9a-f]{8}-[0-9a-f-]{27}\b/g, 'LOCK');
}

/** A lock of a run that is not there. `renewTime` is what its clock says. */
export function lockOf(
  claim: { readonly name: string; readonly uid: string },
  renewTime: string,
): Pick<KubeObject, 'kind'> {
  const metadata = {
    name: `nkvm-${claim.uid}`,
    labels: { 'app.kubernetes.io/name': 'nerdy-k8s-volume-manager', 'nkvm.dev/run': run },
    annotations: {
      'nkvm.dev/claim': claim.name,
      'nkvm.dev/operator': 'zoe',
      'nkvm.dev/host': 'laptop-7',
    },
  };
  const times = { acquireTime: renewTime, renewTime, leaseDurationSeconds: 30 };
  // As high as it goes: somebody may have set it.
  const spec = { holderIdentity: run, ...times, leaseTransitions: 2_147_483_647 };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
  return lease;
}
