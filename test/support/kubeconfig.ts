/** Kubeconfigs of other people: the test cluster's, changed in one way. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Permission } from '../../src/cluster/cluster.ts';
import { kubectl } from './cluster.ts';
import type { TestNamespace } from './namespace.ts';

export interface ClusterAccess {
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** How the tests' own administrator connects. */
export async function clusterAccess(): Promise<ClusterAccess> {
  const view = JSON.parse(await kubectl(['config', 'view', '--raw', '--flatten', '--minify', '-o', 'json']));
  const [{ cluster }] = view.clusters;
  const [{ user }] = view.users;
  const pem = (data: string) => Buffer.from(data, 'base64').toString();
  return {
    server: cluster.server,
    authority: pem(cluster['certificate-authority-data']),
    certificate: pem(user['client-certificate-data'] ?? ''),
    key: pem(user['client-key-data'] ?? ''),
  };
}

export interface Kubeconfig {
  readonly cluster: object;
  readonly user: object;
  readonly namespace?: string;
}

/** One context `shop` of cluster `shop` and user `keeper`. Returns `file`. */
export function writeKubeconfig(file: string, { cluster, user, namespace }: Kubeconfig): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'shop',
    clusters: [{ name: 'shop', cluster }],
    users: [{ name: 'keeper', user }],
    contexts: [
      { name: 'shop', context: { cluster: 'shop', user: 'keeper', ...(namespace && { namespace }) } },
    ],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** `cluster` of a kubeconfig, with its certificate authority in it. */
export async function clusterEntry(): Promise<{ server: string; 'certificate-authority-data': string }> {
  const { server, authority } = await clusterAccess();
  return { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
}

/** A ServiceAccount `keeper` that has exactly these permissions in the namespace. Returns a token of it. */
export async function keeperToken(shop: TestNamespace, permissions: readonly Permission[]): Promise<string> {
  await grant(shop, permissions, { kind: 'ServiceAccount', name: 'keeper' });
  return (await shop.kubectl(['create', 'token', 'keeper'])).trim();
}

export async function grant(
  shop: TestNamespace,
  permissions: readonly Permission[],
  subject: { readonly kind: 'ServiceAccount' | 'User' | 'Group'; readonly name: string },
): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const rules = permissions.map(({ verb, group, resource }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }));
  const account = subject.kind === 'ServiceAccount';
  await shop.apply(
    ...(account ? [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: subject.name } }] : []),
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'keeper' }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'keeper' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'keeper' },
      subjects: [account ? { ...subject, namespace: shop.name } : { ...subject, apiGroup: rbac }],
    },
  );
}

/** A certificate authority that nobody knows. Returns its file. */
export function strangeAuthority(folder: string): string {
  const file = join(folder, 'strange.crt');
  const key = join(folder, 'strange.key');
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=strange'];
  execFileSync('openssl', [...args, '-keyout', key, '-out', file], { stdio: 'ignore' });
  return file;
}
