/**
 * The kinds of KEDA, Argo CD and Flux in the cluster under test, by their own definitions. A kind that is there already
 * is left as it is. They stay until the cluster goes, or until scripts/test leaves one that is not its own: other test
 * files may be at work with them.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, kubectl, skipWithoutCluster } from './cluster.ts';

const crds = [
  'scaledobjects.keda.sh',
  'applications.argoproj.io',
  'applicationsets.argoproj.io',
  'kustomizations.kustomize.toolkit.fluxcd.io',
  'helmreleases.helm.toolkit.fluxcd.io',
];

/** Fetches them if this machine never did, which takes a minute. */
export async function installKeeperKinds(): Promise<void> {
  if (skipWithoutCluster) return;
  const folder = execFileSync(join(checkout, 'scripts', 'cluster'), ['keepers'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
    .toString()
    .trim();
  const there = await kubectl(['get', 'crd', '-o', 'name']);
  if (crds.some((name) => !there.includes(`/${name}\n`))) {
    for (const file of readdirSync(folder)) await create(join(folder, file));
    await kubectl(['label', 'crd', ...crds, 'nkvm.dev/test=true']);
  }
  await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', ...crds]);
}

/** Not `apply`, whose annotation is too small for them. */
async function create(file: string): Promise<void> {
  await kubectl(['create', '-f', file]).catch((error: unknown) => {
    if (!/AlreadyExists/.test(String(error))) throw error;
  });
}
