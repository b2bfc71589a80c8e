/**
 * Restoring the claim that has the app's own history and archives stops the app and overwrites its history: what the
 * restore is made from is copied to this machine first, for its owner alone, and stays. From these copies the same
 * restore can be made again, whatever the claim holds by then.
 */
import { rm, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ArchiveSource } from '../archive/archive-source.ts';
import { PartialArchive } from '../archive/partial-archive.ts';
import { messageOf } from '../domain/message-of.ts';
import { formatBytes } from '../domain/size.ts';
import { makeOwnFolder } from '../record/own-folder.ts';
import { RunbookError } from '../runbook/failure-matrix.ts';
import type { Run } from '../runbook/run.ts';

export interface KeepRequest {
  /** Of this run alone. */
  readonly folder: string;
  /** The whole history, as a database. */
  readonly history: Buffer;
  readonly source: ArchiveSource;
  /** As it was validated. */
  readonly sha256: string | undefined;
}

export interface KeptCopies {
  readonly folder: string;
  /** For `--catalog`. */
  readonly history: string;
}

/** Where the copies of a run are. */
export function keptFolder(stateFolder: string, { id }: Pick<Run, 'id'>): string {
  return join(stateFolder, 'kept', id);
}

/** Rejects with `spool-impossible`, or the signal's reason, and leaves nothing then. */
export async function keepCopies(run: Run, request: KeepRequest): Promise<KeptCopies> {
  const { folder, history } = request;
  try {
    await makeOwnFolder(folder);
    await requireRoom(request);
    const file = join(folder, 'backups.db');
    await writeFile(file, history, { mode: 0o600, flag: 'wx', flush: true });
    await keepArchive(run, request);
    run.reporter.info(`copies of the history and of the archive are kept in ${folder}`);
    return { folder, history: file };
  } catch (cause) {
    // What stands in the way may stand in its way too.
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    run.signal.throwIfAborted();
    const message = `copies of the app's history and of the archive cannot be kept in ${folder}: ${messageOf(cause)}`;
    throw new RunbookError('spool-impossible', message, { cause });
  }
}

async function requireRoom({ folder, history, source }: KeepRequest): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [needed, free] = [history.length + source.sizeBytes, bavail * bsize];
  if (needed > free)
    throw new Error(`${formatBytes(needed)} are needed there, and ${formatBytes(free)} are free`);
}

async function keepArchive(
  { reporter, signal }: Run,
  { folder, source, sha256 }: KeepRequest,
): Promise<void> {
  const name = basename(source.path);
  const copy = new PartialArchive(folder, name);
  try {
    for await (const chunk of source.read({ signal })) {
      copy.write(chunk);
      reporter.progress({ label: 'keep', done: copy.sizeBytes, total: source.sizeBytes, unit: 'bytes' });
    }
    const found = copy.end();
    if (found !== sha256) throw new Error(`the copy has sha256 ${found}, not ${sha256}`);
    copy.keepAs(name);
  } catch (error) {
    copy.discard();
    throw error;
  }
}
