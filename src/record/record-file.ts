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
}

export type RenderRecord = (record: RestoreRecord) => string | Promise<string>;

export function recordFile(file: string, render: RenderRecord): RecordFile {
  return {
    path: file,
    async write(record) {
      await makeOwnFolder(path.dirname(file));
      const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
      try {
        const handle = await open(temporary, 'wx', 0o600);
        try {
          await handle.writeFile(await render(record));
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
    },
  };
}
