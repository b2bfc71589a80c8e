import {
  type CoreV1Api,
  PatchStrategy,
  type StorageV1Api,
  setHeaderOptions,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import type { Claim } from '../domain/claim.ts';
import { fieldManager } from '../domain/names.ts';
import type { Claims } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { isStatus } from './connection-error.ts';
import { toOwner } from './owner.ts';

export const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

export function claimsOf(
  connection: ApiConnection,
  apis: { core: CoreV1Api; storage: StorageV1Api },
): Claims {
  const { core, storage } = apis;
  return {
    async read(claim) {
      const found = await connection.find(() => core.readNamespacedPersistentVolumeClaim(claim));
      return found && toClaim(found);
    },
    async list(namespace) {
      const { items } = await connection.read(() => core.listNamespacedPersistentVolumeClaim({ namespace }));
      return items.map(toClaim);
    },
    async annotate({ namespace, name }, annotations) {
      const body = { metadata: { annotations } };
      await connection.send(() =>
        core.patchNamespacedPersistentVolumeClaim({ namespace, name, body, fieldManager }, mergePatch),
      );
    },
    async bindsOnFirstConsumer(name) {
      try {
        const found = await connection.find(() => storage.readStorageClass({ name }));
        return found?.volumeBindingMode === 'WaitForFirstConsumer';
      } catch (error) {
        if (isStatus(error, 403)) return undefined;
        throw error;
      }
    },
  };
}

function toClaim({ metadata, spec, status }: V1PersistentVolumeClaim): Claim {
  const phase = status?.phase;
  const owner = toOwner(metadata);
  const capacity = status?.capacity?.['storage'] ?? spec?.resources?.requests?.['storage'];
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    phase: phase === 'Bound' || phase === 'Lost' ? phase : 'Pending',
    deleting: metadata?.deletionTimestamp !== undefined,
    accessModes: spec?.accessModes ?? [],
    volumeMode: spec?.volumeMode === 'Block' ? 'Block' : 'Filesystem',
    ...(spec?.storageClassName && { storageClass: spec.storageClassName }),
    ...(spec?.volumeName && { volumeName: spec.volumeName }),
    ...(capacity !== undefined && { capacity }),
    labels: metadata?.labels ?? {},
    annotations: metadata?.annotations ?? {},
    ...(owner && { owner }),
  };
}
