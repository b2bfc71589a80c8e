/** Leases as plain JSON: client-node would turn their MicroTime into dates that lose digits. */
import { CustomObjectsApi } from '@kubernetes/client-node';
import type { Lease } from '../domain/claim-lock.ts';
import { fieldManager } from '../domain/names.ts';
import { mergePatch } from './claims.ts';
import type { Leases } from './cluster.ts';
import type { ApiConnection } from './connection.ts';

const api = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' } as const;

export function leasesOf(connection: ApiConnection): Leases {
  const objects = connection.client(CustomObjectsApi);
  return {
    async read({ namespace, name }) {
      const found = await connection.find(() =>
        objects.getNamespacedCustomObject({ ...api, namespace, name }),
      );
      return found === undefined ? undefined : toLease(found as LeaseObject);
    },
    async list(namespace, labelSelector) {
      const list = await connection.read(() =>
        namespace === undefined
          ? objects.listClusterCustomObject({ ...api, labelSelector })
          : objects.listNamespacedCustomObject({ ...api, namespace, labelSelector }),
      );
      return (list as { readonly items: readonly LeaseObject[] }).items.map(toLease);
    },
    async create(namespace, body) {
      const request = { ...api, namespace, body, fieldManager };
      const made = await connection.send(() => objects.createNamespacedCustomObject(request));
      return toLease(made as LeaseObject);
    },
    async patch({ namespace, name, uid, resourceVersion }, change) {
      const metadata = { ...change.metadata, uid, resourceVersion };
      const request = { ...api, namespace, name, body: { ...change, metadata }, fieldManager };
      // Repeated when its answer is lost: the version makes sure that it is done once.
      const patched = await connection.read(() => objects.patchNamespacedCustomObject(request, mergePatch));
      return toLease(patched as LeaseObject);
    },
    async delete({ namespace, name, uid, resourceVersion }) {
      const body = { preconditions: { uid, resourceVersion } };
      await connection.send(() => objects.deleteNamespacedCustomObject({ ...api, namespace, name, body }));
    },
  };
}

interface LeaseObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

function toLease({ metadata, spec }: LeaseObject): Lease {
  const { namespace, name, uid, resourceVersion, labels = {}, annotations = {} } = metadata;
  return {
    ...{ namespace, name, uid, resourceVersion, labels, annotations },
    holder: spec?.holderIdentity ?? '',
    acquiredAt: spec?.acquireTime ?? '',
    renewedAt: spec?.renewTime ?? '',
    transitions: spec?.leaseTransitions ?? 0,
  };
}
