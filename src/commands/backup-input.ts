/**
 * What `-f` reads: the output of an earlier command, as `json` (a Backup, or a BackupList), `jsonl` or `name`.
 * The input is a stranger's: every field is checked, a verdict in it is never trusted, and one that says that the
 * archive is not complete stops everything.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from 'clipanion';
import { CatalogError } from '../catalog/catalog-error.ts';
import type { ProcessContext } from '../context.ts';
import type { Backup } from '../domain/backup.ts';
import { messageOf } from '../domain/message-of.ts';

/** Rows, or names to look up in the catalogue. Throws a UsageError for what is neither. */
export async function readBackupInput(
  host: ProcessContext,
  file: string,
): Promise<readonly (string | Backup)[]> {
  const text = await readText(host, file);
  const where = file === '-' ? 'stdin' : file;
  if (text.trim() === '') throw new UsageError(`-f: ${where} is empty: the earlier command found no backup`);
  const items = /^\s*[{[]/.test(text)
    ? parseDocuments(text, where)
    : text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
  if (items.length === 0) throw new UsageError(`-f: ${where} names no backup`);
  return items;
}

async function readText(host: ProcessContext, file: string): Promise<string> {
  if (file !== '-') {
    try {
      return await readFile(resolve(host.cwd, file), 'utf8');
    } catch (error) {
      throw new UsageError(`-f: ${file} cannot be read: ${messageOf(error)}`);
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of host.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function parseDocuments(text: string, where: string): Backup[] {
  const documents =
    parseJson(text) ??
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => parseJson(line));
  return [documents].flat().flatMap((document) => backupsIn(document, where));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function backupsIn(document: unknown, where: string): Backup[] {
  const object = asObject(document);
  if (object?.['kind'] === 'BackupList' && Array.isArray(object['items'])) {
    return object['items'].flatMap((item) => backupsIn(item, where));
  }
  if (object?.['kind'] === 'Error') {
    const message = asObject(object['error'])?.['message'];
    throw new CatalogError(
      'backup-failed',
      `-f: ${where} holds the failure of an earlier command: ${String(message)}`,
      {
        action: 'Mend that first.',
      },
    );
  }
  if (object === undefined || object['kind'] !== 'Backup') {
    throw new UsageError(`-f: ${where} is neither names nor what list or validate print with -o json`);
  }
  return [toBackup(object, where)];
}

function toBackup(object: Readonly<Record<string, unknown>>, where: string): Backup {
  const text = (key: string): string => {
    const value = object[key];
    if (typeof value !== 'string') throw new UsageError(`-f: ${where}: a Backup without "${key}"`);
    return value;
  };
  const id = text('id');
  const status = text('status');
  const verdict = asObject(object['verdict'])?.['result'];
  if (status !== 'success') {
    throw new CatalogError('backup-failed', `backup/${id} did not succeed`, {
      action: 'Select another successful backup.',
    });
  }
  if (verdict !== undefined && verdict !== 'complete') {
    throw new CatalogError('backup-failed', `backup/${id} was found ${String(verdict)}`, {
      action: 'Select another successful backup; `validate` names the next older complete one.',
    });
  }
  const archive = asObject(object['archive']);
  const path = archive?.['path'];
  const resolvedPath = archive?.['resolvedPath'];
  if (typeof path !== 'string') throw new UsageError(`-f: ${where}: backup/${id} without "archive.path"`);
  const checksum = object['checksumSha256'];
  const pvcUid = object['pvcUid'];
  if (checksum !== undefined && !(typeof checksum === 'string' && /^[0-9a-f]{64}$/.test(checksum))) {
    throw new UsageError(`-f: ${where}: backup/${id}: "checksumSha256" is not 64 hex digits`);
  }
  return {
    id,
    namespace: text('namespace'),
    pvc: text('pvc'),
    ...(typeof pvcUid === 'string' && { pvcUid }),
    status,
    createdAt: text('createdAt'),
    archive: { path, ...(typeof resolvedPath === 'string' && { resolvedPath }) },
    ...(checksum !== undefined && { checksumSha256: checksum }),
    message: '',
    catalog: typeof object['catalog'] === 'string' ? object['catalog'] : '',
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
