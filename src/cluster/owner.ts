import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Owner } from '../domain/pod.ts';

/** The owner that controls the object. */
export function toOwner(metadata: V1ObjectMeta | undefined): Owner | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}
