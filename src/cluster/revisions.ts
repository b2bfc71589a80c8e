/** ControllerRevisions: what `data` holds is the controller's own, and client-node types it as any object. */
import { AppsV1Api, type V1ControllerRevision } from '@kubernetes/client-node';
import { type Json, objectOf } from '../domain/cluster-object.ts';
import type { Revision } from '../domain/revision.ts';
import type { Revisions } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { toOwner } from './owner.ts';

export function revisionsOf(connection: ApiConnection): Revisions {
  const apps = connection.client(AppsV1Api);
  return {
    async list(namespace) {
      const { items } = await connection.read(() =>
        namespace === undefined
          ? apps.listControllerRevisionForAllNamespaces()
          : apps.listNamespacedControllerRevision({ namespace }),
      );
      return items.map(toRevision);
    },
    async delete({ namespace, name, uid }) {
      const body = { preconditions: { uid } };
      await connection.find(() => apps.deleteNamespacedControllerRevision({ namespace, name, body }));
    },
  };
}

function toRevision({ metadata, data }: V1ControllerRevision): Revision {
  const owner = toOwner(metadata);
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ...(owner && { owner }),
    data: objectOf(data as Json | undefined),
  };
}
