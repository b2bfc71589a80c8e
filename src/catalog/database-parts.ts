/**
 * The files of a database that must not be opened where it lies, and the database that they make: they are put into a
 * private folder, recovered there and held in memory; the folder is gone before this returns.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CatalogError, waitForBackup } from './catalog-error.ts';
import { type Connect, checkWhole, unusable } from './database-connection.ts';

/** A file of a database: the main one, or one beside it. */
export interface DatabasePart {
  readonly suffix: '' | '-wal' | '-journal';
  readonly bytes: Buffer;
}

const pauseMs = 20;

/** The whole database out of files that were copied at one moment. Throws a CatalogError, or what SQLite does. */
export function recoverParts(file: string, parts: readonly DatabasePart[], connect: Connect): Buffer {
  const folder = makePrivateFolder(file);
  try {
    const copy = join(folder, 'backups.db');
    for (const { suffix, bytes } of parts) writeFileSync(copy + suffix, bytes, { mode: 0o600 });
    return recover(file, copy, connect);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mode 0700, as mkdtemp makes them. */
function makePrivateFolder(file: string): string {
  try {
    return mkdtempSync(join(tmpdir(), 'kubectl-nkvm-'));
  } catch (cause) {
    throw new CatalogError(
      'catalog-unreadable',
      `${file} has a log, and there is no place to copy it to: ${cause}`,
      {
        action: 'Name a folder that can be written with TMPDIR.',
        cause,
      },
    );
  }
}

/** Rolls the copy's journal back or its log in. Returns the whole database. */
function recover(file: string, copy: string, connect: Connect): Buffer {
  const connection = connect(copy, { fileMustExist: true });
  try {
    connection.pragma('journal_mode = DELETE');
    checkWhole(connection, file);
    return connection.serialize();
  } finally {
    connection.close();
  }
}

/** A file and what lies beside it, as they all were at one moment. */
export async function readTogether(file: string, timeoutMs: number): Promise<readonly DatabasePart[]> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += pauseMs) {
    const parts = readParts(file);
    if (areEqual(parts, readParts(file))) return parts;
    await sleep(pauseMs);
  }
  throw unusable('catalog-locked', `${file} kept changing for ${timeoutMs} ms`, waitForBackup);
}

function readParts(file: string): readonly DatabasePart[] {
  return (['', '-wal', '-journal'] as const).flatMap((suffix) => {
    try {
      // The read of a FIFO would wait for its writer, and nothing would end it.
      if (!statSync(file + suffix).isFile())
        throw unusable('catalog-unreadable', `${file}${suffix} is not a file`);
      return [{ suffix, bytes: readFileSync(file + suffix) }];
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isAbsent && suffix !== '') return [];
      throw error;
    }
  });
}

function areEqual(one: readonly DatabasePart[], other: readonly DatabasePart[]): boolean {
  return (
    one.length === other.length &&
    one.every((part, index) => {
      const match = other[index];
      return part.suffix === match?.suffix && part.bytes.equals(match.bytes);
    })
  );
}
