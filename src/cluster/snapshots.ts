/**
 * VolumeSnapshots, of an API that a cluster need not have: read as plain JSON, since client-node has no types of it.
 */
import { type CoreV1Api, CustomObjectsApi, type V1PersistentVolume } from '@kubernetes/client-node';
import { fieldManager } from '../domain/names.ts';
import type { SnapshotClass } from '../domain/safety.ts';
import type { Snapshots, VolumeSnapshot } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { isStatus } from './connection-error.ts';

const api = { group: 'snapshot.storage.k8s.io', version: 'v1' } as const;
const plural = 'volumesnapshots';
const defaultClass = 'snapshot.storage.kubernetes.io/is-default-class';
const provisioners = [
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
] as const;

export function snapshotsOf(connection: ApiConnection, { core }: { core: CoreV1Api }): Snapshots {
  const objects = connection.client(CustomObjectsApi);
  return {
    async isServed() {
      return (await connection.find(() => objects.getAPIResources(api))) !== undefined;
    },
    async driverOf(claim) {
      const volume = await forbiddenIsUndefined(() =>
        connection.find(() => core.readPersistentVolume({ name: claim.volumeName ?? '' })),
      );
      if (volume !== undefined) return driverOfVolume(volume);
      return provisioners.map((key) => claim.annotations[key]).find((driver) => driver !== undefined);
    },
    async classes() {
      const list = await forbiddenIsUndefined(() =>
        connection.read(() => objects.listClusterCustomObject({ ...api, plural: 'volumesnapshotclasses' })),
      );
      return (list as { readonly items: readonly ClassObject[] } | undefined)?.items.map(toClass);
    },
    async create(namespace, body) {
      await connection.send(() =>
        objects.createNamespacedCustomObject({ ...api, namespace, plural, body, fieldManager }),
      );
    },
    async read({ namespace, name }) {
      const found = await connection.find(() =>
        objects.getNamespacedCustomObject({ ...api, namespace, plural, name }),
      );
      return found === undefined ? undefined : toSnapshot(found as SnapshotObject);
    },
    async delete({ namespace, name }) {
      await connection.find(() => objects.deleteNamespacedCustomObject({ ...api, namespace, plural, name }));
    },
  };
}

async function forbiddenIsUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStatus(error, 403)) return undefined;
    throw error;
  }
}

/** Null: the volume is of no CSI driver, and of none that has moved to CSI. */
function driverOfVolume({ metadata, spec }: V1PersistentVolume): string | null {
  return spec?.csi?.driver ?? metadata?.annotations?.['pv.kubernetes.io/migrated-to'] ?? null;
}

interface ClassObject {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly driver: string;
}

function toClass({ metadata, driver }: ClassObject): SnapshotClass {
  return { name: metadata.name, driver, isDefault: metadata.annotations?.[defaultClass] === 'true' };
}

interface SnapshotObject {
  readonly status?: {
    readonly readyToUse?: boolean;
    readonly error?: { readonly message?: string };
  };
}

function toSnapshot({ status }: SnapshotObject): VolumeSnapshot {
  const message = status?.error?.message;
  return { isReady: status?.readyToUse === true, ...(message !== undefined && { error: message }) };
}
