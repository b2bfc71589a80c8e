/** A proxy that keeps changes of one kind from the API server for a while, as a network or a sleeping machine does. */
import type { TestContext } from 'node:test';
import { startApiProxy } from './api-proxy.ts';
import { isMutation, type ResourceAccess } from './api-request.ts';

export interface HeldChanges {
  readonly kubeconfig: string;
  /** The first one has come. */
  readonly reached: Promise<void>;
  /** Lets them through, and all that come later. */
  release(): void;
}

export async function holdChanges(
  t: TestContext,
  { verb, resource }: Pick<ResourceAccess, 'verb' | 'resource'>,
): Promise<HeldChanges> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const { kubeconfig } = await startApiProxy(t, {
    onRequest: async (request) => {
      const { access } = request;
      if (!isMutation(request) || access?.verb !== verb || access.resource !== resource) return true;
      reached.resolve();
      await released.promise;
      return true;
    },
  });
  return { kubeconfig, reached: reached.promise, release: () => released.resolve() };
}
