import type { PodManifest } from '../cluster/cluster.ts';
import { restorePod } from '../domain/restore-pod.ts';
import type { PodShape } from './pod-shape.ts';
import type { Target } from './preconditions.ts';
import type { RestoreRequest } from './restore-request.ts';
import type { Run } from './run.ts';
import { leaseFor } from './transfer/patience.ts';

/** The restore pod of step 3, overrides applied. */
export function restorePodOf(
  run: Run,
  request: RestoreRequest,
  { target, shape }: { readonly target: Target; readonly shape: Pick<PodShape, 'identity' | 'placement'> },
): PodManifest {
  const { image, operator } = request;
  const manifest = restorePod({
    run: run.id,
    claim: target.claim,
    image,
    purpose: 'restore',
    identity: shape.identity,
    placement: shape.placement,
    heartbeat: run.cluster.now(),
    operator,
    leaseSeconds: leaseFor(request.transfer.retry),
  });
  return request.override(manifest);
}
