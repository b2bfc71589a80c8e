/** Whether a kubeconfig leads to the API server: `verify` makes requests and runs commands in a pod, and changes nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { verifyPermissions } from '../../src/runbook/permissions.ts';
import type { Scene } from './cluster-test.ts';
import { type ClusterAccess, clusterAccess, keeperToken } from './kubeconfig.ts';
import { Operator, type PluginOptions, type PluginResult } from './plugin.ts';

/** What there is to connect with. */
export interface Given extends ClusterAccess {
  /** Of a ServiceAccount that may do what `verify` does. */
  readonly token: string;
  readonly t: TestContext;
  /** The operator's home: their files. */
  readonly folder: string;
}

export interface Way extends PluginOptions {
  readonly flags?: readonly string[];
}

export interface Reached extends PluginResult {
  readonly operator: Operator;
}

/** A claim with a backup, and how somebody on a new machine verifies it. */
export async function openReach({ shop, app }: Scene) {
  const claim = await shop.claim('data');
  writeFileSync(join(claim.folder, 'file'), 'content');
  const backup = await app.backUp(claim);
  const token = await keeperToken(shop, verifyPermissions);
  const access = await clusterAccess();
  const args = ['verify', `backup/${backup.id}`, '--catalog', app.catalog];
  const newcomer = (t: TestContext): { readonly operator: Operator; readonly given: Given } => {
    const operator = new Operator(t);
    return { operator, given: { ...access, token, t, folder: operator.home } };
  };
  return {
    args,
    token,
    backup,
    newcomer,
    verify: async (t: TestContext, choose: (given: Given) => Way | Promise<Way>): Promise<PluginResult> => {
      const { operator, given } = newcomer(t);
      const { flags = [], ...options } = await choose(given);
      return operator.run([...args, ...flags], options);
    },
  };
}
