/** A kind of a test's own, as operators have: a CustomResourceDefinition, and objects of it that own others. */
import { kubectl } from './cluster.ts';
import type { Scene } from './cluster-test.ts';
import { until } from './namespace.ts';

export interface CustomOwner {
  readonly group: string;
  /** For `metadata` of what it owns. */
  readonly ownerReferences: readonly object[];
}

/** `Database/NAME` of a group that goes with the test. */
export async function database({ t, shop }: Pick<Scene, 't' | 'shop'>, name: string): Promise<CustomOwner> {
  const group = `${shop.name}.example.com`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `databases.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'databases', singular: 'database', kind: 'Database' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  t.after(() => kubectl(['delete', 'crd', crd.metadata.name, '--wait=false', '--ignore-not-found']));
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(crd) });
  const apiVersion = `${group}/v1`;
  const object = { apiVersion, kind: 'Database', metadata: { name } };
  await until(() =>
    shop.apply(object).then(
      () => true,
      () => false,
    ),
  );
  const { uid } = (await shop.get(`databases.${group}/${name}`)).metadata;
  const reference = { apiVersion, kind: 'Database', name, uid, controller: true, blockOwnerDeletion: false };
  return { group, ownerReferences: [reference] };
}

/** The same, as operators have it that do not say that they control what they own. */
export function notControlling({ group, ownerReferences }: CustomOwner): CustomOwner {
  return { group, ownerReferences: ownerReferences.map((one) => ({ ...one, controller: false })) };
}

export function ownedBy({ ownerReferences }: CustomOwner, object: object): object {
  const { metadata, ...rest } = object as { readonly metadata: object };
  return { ...rest, metadata: { ...metadata, ownerReferences } };
}
