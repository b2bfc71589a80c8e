import type { V1ObjectMeta } from '@kubernetes/client-node';
import { type Owner, ownerAmong } from '../domain/pod.ts';

export function toOwner(metadata: V1ObjectMeta | undefined): Owner | undefined {
  const owners = (metadata?.ownerReferences ?? []).map(({ apiVersion, kind, name, uid, controller }) => ({
    ...{ apiVersion, kind, name, uid },
    isController: controller === true,
  }));
  return ownerAmong(owners);
}
