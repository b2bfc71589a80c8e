/**
 * The restores that are named when one has failed: the same again, and one of an older backup. Each repeats the flags
 * that were typed, so that it goes where this one went, but no approval: what is done next is approved anew.
 */
import type { Backup } from '../domain/backup.ts';
import { messageOf } from '../domain/message-of.ts';
import { RunbookError } from '../runbook/failure-matrix.ts';
import type { NamedBackup } from './archive-command.ts';
import { connectionFlags } from './global-flags.ts';
import { olderComplete } from './older-backup.ts';
import type { Session } from './session.ts';

export interface TypedRestore extends NamedBackup {
  /** Flags by their long names, as `--flag=value`, then `--` and the operands. */
  readonly typed: readonly string[];
  readonly archiveDir: string | undefined;
}

const approvals = ['--yes', '--approve-wipe'];
/** Said anew of each backup. */
const ofTheBackup = ['--at', '--filename', '--archive', '--checksum', '--no-checksum', '--catalog'];
/** Of the failed run alone: its record must not be overwritten. */
const ofTheRun = ['--record', '--output', '--quiet', '--verbose', '--color'];
const notRepeated = new Set([...approvals, ...ofTheBackup, ...ofTheRun, ...connectionFlags]);

/** The restore that has failed, once more. */
export function sameAgain(session: Session, { typed, backup }: TypedRestore): string {
  return session.command('restore', ...backupWords(typed, backup), ...repeated(typed));
}

/** A bad archive ends a restore before anything is changed: there is time to find the next older one that is whole. */
export async function withOlderComplete(
  session: Session,
  error: unknown,
  restore: TypedRestore,
): Promise<unknown> {
  if (!(error instanceof RunbookError) || !error.code.startsWith('archive-')) return error;
  try {
    const older = await olderComplete(session, restore, restore.archiveDir);
    if (older === undefined) return error;
    return withNext(error, [
      `${restoreOf(session, restore, older)}   # the newest older backup that is complete, of ${older.createdAt}`,
    ]);
  } catch (failed) {
    session.reporter.warn(`the older backups were not looked at: ${messageOf(failed)}`);
    return error;
  }
}

/** After a failing application: the prior backup, which nobody has read. */
export function withOlder(session: Session, error: unknown, restore: TypedRestore): unknown {
  const [older] = restore.older;
  if (!(error instanceof RunbookError) || older === undefined) return error;
  if (!['app-failed', 'app-not-ready', 'data-differs', 'check-failed'].includes(error.code)) return error;
  const { typed } = restore;
  const places = typed.filter((word) => flagOf(word) === '--archive-dir');
  const validate = session.command('validate', ...backupWords(typed, older), ...places);
  return withNext(error, [
    `${validate}   # the previous successful backup, of ${older.createdAt}: validate it first`,
    restoreOf(session, restore, older),
  ]);
}

function restoreOf(session: Session, { typed }: TypedRestore, older: Backup): string {
  const words = repeated(typed).filter((word) => word !== '--accept-incomplete');
  return session.command('restore', ...backupWords(typed, older), ...words);
}

/** With its catalogue: elsewhere another one may be the default. What has none is named by its path. */
function backupWords(typed: readonly string[], backup: Backup): readonly string[] {
  const { id, namespace, pvc, archive, checksumSha256, catalog } = backup;
  if (catalog !== '') return [`backup/${id}`, `--catalog=${catalog}`];
  const vouching = checksumSha256 === undefined ? '--no-checksum' : `--checksum=${checksumSha256}`;
  const isTargeted = typed.some((word) => flagOf(word) === '--target');
  const target = isTargeted ? [] : [`--target=${namespace}/${pvc}`];
  return [`--archive=${archive?.path ?? ''}`, vouching, ...target];
}

function repeated(typed: readonly string[]): readonly string[] {
  const end = typed.indexOf('--');
  return typed.slice(0, end === -1 ? undefined : end).filter((word) => !notRepeated.has(flagOf(word)));
}

function flagOf(word: string): string {
  return word.split('=', 1)[0] ?? '';
}

function withNext({ code, message, cause, next }: RunbookError, more: readonly string[]): RunbookError {
  return new RunbookError(code, message, { cause, next: [...next, ...more] });
}
