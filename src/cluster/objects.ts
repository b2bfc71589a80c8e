/** Objects of any API, as JSON: read, listed, and changed by one merge patch on the version that was read. */
import {
  type Json,
  list as listOf,
  merged,
  type ObjectKind,
  objectOf,
  toClusterObject,
} from '../domain/cluster-object.ts';
import { fieldManager } from '../domain/names.ts';
import type { Objects } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { isStatus } from './connection-error.ts';
import { RawApi } from './raw-api.ts';

export function objectsOf(connection: ApiConnection): Objects {
  const api = connection.client(RawApi);

  /** Asks by each version until one is served. */
  async function newest<T>(
    { apiVersions }: ObjectKind,
    ask: (apiVersion: string) => Promise<T>,
  ): Promise<T | undefined> {
    for (const apiVersion of apiVersions) {
      try {
        return await ask(apiVersion);
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
      }
    }
    return undefined;
  }

  return {
    async read(kind, { namespace, name }) {
      return newest(kind, async (apiVersion) => {
        const path = pathOf({ apiVersion, plural: kind.plural, namespace, name });
        const found = await connection.read(() => api.request({ method: 'GET', path }));
        return toClusterObject({ apiVersion, kind: kind.kind }, found);
      });
    },
    async isServed(kind) {
      const resources = await newest(kind, async (apiVersion) => {
        const path = pathOf({ apiVersion });
        const json = await connection.read(() => api.request({ method: 'GET', path }));
        return listOf(objectOf(json as Json)['resources']).map(objectOf);
      });
      return (resources ?? []).some(({ name }) => name === kind.plural);
    },
    async list(kind, namespace, labelSelector) {
      const found = await newest(kind, async (apiVersion) => {
        const path = pathOf({ apiVersion, plural: kind.plural, namespace });
        const json = await connection.read(() =>
          api.request({ method: 'GET', path, query: { labelSelector } }),
        );
        const { items } = objectOf(json as Json) as { readonly items?: Json };
        return listOf(items).map((item) => toClusterObject({ apiVersion, kind: kind.kind }, item));
      });
      return found ?? [];
    },
    async patch(kind, object, patch) {
      const { apiVersion, metadata } = object;
      const path = pathOf({ ...object, plural: kind.plural });
      const body = merged(patch, { metadata: { resourceVersion: metadata.resourceVersion } });
      const json = await connection.send(() =>
        api.request({ method: 'PATCH', path, query: { fieldManager }, body }),
      );
      return toClusterObject({ apiVersion, kind: kind.kind }, json);
    },
  };
}

interface PathParts {
  readonly apiVersion: string;
  /** Without it, the API as such. */
  readonly plural?: string;
  readonly namespace?: string | undefined;
  readonly name?: string;
}

/** Without a namespace, of all of them, or of what has none. */
export function pathOf({ apiVersion, plural, namespace, name }: PathParts): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const parts = [
    ...(namespace === undefined || namespace === '' ? [] : ['namespaces', namespace]),
    ...(plural === undefined ? [] : [plural]),
    ...(name === undefined ? [] : [name]),
  ];
  return [root, ...parts.map(encodeURIComponent)].join('/');
}
