/** Where an incident record is kept: always whole on the disk, readable by its owner alone. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { makeOwnFolder } from './own-folder.ts';
import type { RestoreRecord } from './restore-record.ts';

export interface RecordFile {
  readonly path: string;
  /** Replaces the file in one step (temporary file, fsync, rename), mode 0600. */
  write(record: RestoreRecord): Promise<void>;
  /** Keeps something else of the run beside it in the same way, and returns its path. */
  writeBeside(name: string, text: string): Promise<string>;
}

export type RenderRecord = (record: RestoreRecord) => string | Promise<string>;

export function recordFile(file: string, render: RenderRecord): RecordFile {
  return {
    path: file,
    write: async (record) => replace(file, await render(record)),
    async writeBeside(name, text) {
      const { dir, name: stem } = path.parse(file);
      const beside = path.join(dir, `${stem}-${name}`);
      await replace(beside, text);
      return beside;
    },
  };
}

async function replace(file: string, text: string): Promise<void> {
  await makeOwnFolder(path.dirname(file));
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    // It may not have been made; what went wrong first is what is told.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
