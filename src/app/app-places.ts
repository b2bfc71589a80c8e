/** Where the app keeps its history and its archives: as its own container says, not as its manifest does. */
import { posix } from 'node:path';
import type { AppShell } from './app-shell.ts';

export interface AppPlaces {
  /** The working directory, from which relative paths start. */
  readonly folder: string;
  /** The history, absolute. */
  readonly database: string;
  /** The folder of the archives, absolute. */
  readonly backups: string;
}

/** What NKVM takes where its variables are not set. */
const defaults = { database: './data/backups.db', backups: './backups' };

export async function askPlaces(shell: AppShell): Promise<AppPlaces> {
  const { frames } = await shell.ask({ name: 'places' });
  const said = (name: string): string => frames.get(name)?.toString() ?? '';
  const folder = said('folder') || '/';
  return {
    folder,
    database: posix.resolve(folder, said('database') || defaults.database),
    backups: posix.resolve(folder, said('backups') || defaults.backups),
  };
}
