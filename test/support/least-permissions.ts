/** An operator with exactly the Roles of deploy/rbac.yaml that a test names, and what they then ask of the API server. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadAll } from 'js-yaml';
import { startApiProxy } from './api-proxy.ts';
import { type ApiRequest, isReview, permissionOf } from './api-request.ts';
import { checkout, kubectl } from './cluster.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { TestNamespace } from './namespace.ts';
import { tempFolder } from './temp-folder.ts';

interface RoleManifest {
  readonly kind: 'Role' | 'ClusterRole';
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

const rbac = 'rbac.authorization.k8s.io';
const manifests = loadAll(readFileSync(join(checkout, 'deploy', 'rbac.yaml'), 'utf8')) as RoleManifest[];

export interface Account {
  readonly kubeconfig: string;
  /** `verb resource.group` of all that the Roles grant, sorted. */
  readonly granted: readonly string[];
  /** Of the requests that were allowed, each once, sorted; without reviews, which everybody may ask for. */
  used(): readonly string[];
  denied(): readonly string[];
  /** All requests, those for no resource too. */
  readonly requests: readonly ApiRequest[];
}

export interface AccountOptions {
  readonly t: TestContext;
  readonly shop: TestNamespace;
  readonly roles: readonly string[];
  /** As the proxy's: before a request goes on. */
  readonly onRequest?: (request: ApiRequest) => Promise<boolean>;
}

/** Binds the Roles to a ServiceAccount of its own; under names of the account's own. */
export async function accountWith({ t, shop, roles, onRequest }: AccountOptions): Promise<Account> {
  const account = `account-${randomBytes(4).toString('hex')}`;
  await shop.kubectl(['create', 'serviceaccount', account]);
  const bound = roles.map(manifestOf);
  for (const role of bound) await bind({ t, shop, account, role });
  const requests: ApiRequest[] = [];
  const permissions = { used: new Set<string>(), denied: new Set<string>() };
  const proxy = await startApiProxy(t, {
    ...(onRequest && { onRequest }),
    onAnswer: (request, { statusCode }) => {
      requests.push(request);
      if (request.access !== undefined && !isReview(request.access))
        permissions[statusCode === 403 ? 'denied' : 'used'].add(permissionOf(request.access));
      return true;
    },
  });
  const token = (await shop.kubectl(['create', 'token', account])).trim();
  const kubeconfig = writeKubeconfig(join(tempFolder(t), 'kubeconfig'), {
    cluster: { server: proxy.server, 'certificate-authority': proxy.authority },
    user: { token },
    namespace: shop.name,
  });
  return {
    kubeconfig,
    granted: [...new Set(bound.flatMap(grantsOf))].sort(),
    used: () => [...permissions.used].sort(),
    denied: () => [...permissions.denied].sort(),
    requests,
  };
}

function manifestOf(name: string): RoleManifest {
  const found = manifests.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`deploy/rbac.yaml has no ${name}`);
  return found;
}

function grantsOf({ rules }: RoleManifest): readonly string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => permissionOf({ verb, group, resource }))),
    ),
  );
}

interface BindParts extends Pick<AccountOptions, 't' | 'shop'> {
  readonly account: string;
  readonly role: RoleManifest;
}

async function bind({ t, shop, account, role }: BindParts): Promise<void> {
  const { kind } = role;
  const name = `${account}-${role.metadata.name}`;
  await shop.apply(
    { ...role, metadata: { name } },
    {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata: { name },
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: shop.name }],
    },
  );
  if (kind === 'ClusterRole') t.after(() => kubectl(['delete', 'clusterrole,clusterrolebinding', name]));
}
