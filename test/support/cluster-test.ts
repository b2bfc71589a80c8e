/** An end-to-end test: the built program on a real cluster. Left out, with the reason, where there is none. */
import { type TestContext, test } from 'node:test';
import { BackupApp } from './backups.ts';
import { skipWithoutCluster } from './cluster.ts';
import { TestNamespace } from './namespace.ts';
import { Operator } from './plugin.ts';

/** What each test has of its own. */
export interface Scene {
  readonly t: TestContext;
  readonly shop: TestNamespace;
  readonly app: BackupApp;
  readonly operator: Operator;
}

/** `skip`: for tests that want more than a cluster. */
export function clusterTest(
  title: string,
  body: (scene: Scene) => Promise<void>,
  skip: string | false = skipWithoutCluster,
): void {
  // Not a bound on how fast it must be: one that hangs must not keep the rest from being reported.
  test(title, { skip, timeout: 240_000 }, async (t) => {
    const shop = await TestNamespace.create(t);
    await body({ t, shop, app: new BackupApp(t), operator: new Operator(t) });
  });
}
