import type { AuthenticationV1Api, AuthorizationV1Api, CoreV1Api } from '@kubernetes/client-node';
import type { Access, Permission } from './cluster.ts';
import type { ApiConnection } from './connection.ts';
import { isStatus } from './connection-error.ts';

interface AccessApis {
  readonly core: CoreV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly authentication: AuthenticationV1Api;
}

export function accessTo(
  connection: ApiConnection,
  { core, authorization, authentication }: AccessApis,
): Access {
  async function allowed(namespace: string, { verb, group, resource }: Permission): Promise<boolean> {
    const [name = '', subresource] = resource.split('/');
    const resourceAttributes = {
      namespace,
      verb,
      group,
      resource: name,
      ...(subresource && { subresource }),
    };
    const body = { spec: { resourceAttributes } };
    const review = await connection.read(() => authorization.createSelfSubjectAccessReview({ body }));
    return review.status?.allowed === true;
  }

  return {
    async missing(namespace, permissions) {
      const answers = await Promise.all(permissions.map((permission) => allowed(namespace, permission)));
      return permissions.filter((_, index) => answers[index] === false);
    },
    async whoAmI() {
      try {
        const review = await connection.read(() => authentication.createSelfSubjectReview({ body: {} }));
        return review.status?.userInfo?.username;
      } catch (error) {
        // The API is GA since 1.28 only, and an administrator may close it.
        if (isStatus(error, 403, 404, 405)) return undefined;
        throw error;
      }
    },
    async namespaceExists(namespace) {
      try {
        return (await connection.find(() => core.readNamespace({ name: namespace }))) !== undefined;
      } catch (error) {
        if (isStatus(error, 403)) return undefined;
        throw error;
      }
    },
  };
}
