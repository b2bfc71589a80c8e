/** What is seen of an archive on its way out of the app: its spool, and what it leaves. */
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type AppOptions, InClusterApp } from './app.ts';
import type { FiledBackup } from './backups.ts';
import type { Scene } from './cluster-test.ts';
import { until } from './namespace.ts';
import type { Operator, RunningPlugin } from './plugin.ts';

export interface FiledApp {
  readonly app: InClusterApp;
  readonly backup: FiledBackup;
}

/** An app with one archive that takes its time. */
export async function appWithBigArchive(scene: Scene, options: AppOptions = {}): Promise<FiledApp> {
  const claim = { namespace: scene.shop.name, name: 'big', uid: 'gone' };
  const filed: FiledBackup[] = [];
  const app = await InClusterApp.start(scene, options, async (backups) => {
    filed.push(await backups.fileBig(claim, { mebibytes: 160 }));
  });
  const [backup] = filed;
  if (backup === undefined) throw new Error('nothing was filed');
  return { app, backup };
}

export function spoolFolder({ home }: Operator): string {
  return join(home, 'state', 'kubectl-nkvm', 'spool');
}

export interface Spool {
  readonly mode: number;
  readonly sizeBytes: number;
}

/** The file that the program has open; it has no name. */
export function spoolOf({ pid }: RunningPlugin): Spool | undefined {
  const folder = `/proc/${pid}/fd`;
  const open = existsSync(folder) ? readdirSync(folder).map((fd) => join(folder, fd)) : [];
  const [spool] = open.filter((fd) => /\/spool-[0-9a-f]+ \(deleted\)$/.test(linkOf(fd)));
  if (spool === undefined) return undefined;
  const { mode, size } = statSync(spool);
  return { mode: mode & 0o777, sizeBytes: size };
}

/** Resolves once something has arrived, long before all has. */
export async function arriving(running: RunningPlugin): Promise<Spool> {
  let seen: Spool | undefined;
  await until(async () => {
    seen = spoolOf(running);
    return (seen?.sizeBytes ?? 0) > 2 ** 20;
  });
  if (seen === undefined) throw new Error('nothing arrives');
  return seen;
}

/** The program stands still meanwhile: it does not come to its end before. */
export async function whileItStands(running: RunningPlugin, happening: () => Promise<void>): Promise<void> {
  running.kill('SIGSTOP');
  try {
    await happening();
  } finally {
    running.kill('SIGCONT');
  }
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(fd);
  } catch {
    // It was closed a moment ago.
    return '';
  }
}
