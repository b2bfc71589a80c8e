/**
 * What a run that died has left of its safety copy: half an archive on this machine, a VolumeSnapshot that is not known
 * to be ready. Half an archive is worth nothing, and goes; a snapshot is named only, as it may be the volume as it was.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../domain/message-of.ts';
import { parseRunId, type RunId } from '../../domain/run.ts';
import { shellCommand } from '../../domain/shell-words.ts';
import type { Run } from '../run.ts';
import { partialCopy } from './partial-copy.ts';
import { snapshotName } from './safety-preconditions.ts';

export interface DeadRun {
  readonly run: RunId;
  readonly namespace: string;
}

export interface SafetyLeftovers {
  /** Paths on this machine. */
  readonly files: readonly string[];
  /** What to type for the rest. */
  readonly next: readonly string[];
}

/** `stateFolder` is where this machine's records and safety copies are. Says what it found. */
export async function safetyLeftovers(
  run: Run,
  dead: DeadRun,
  stateFolder: string,
): Promise<SafetyLeftovers> {
  const places = [partialCopy(join(stateFolder, 'safety'), dead.run), await recordedCopy(dead, stateFolder)];
  const there = await Promise.all(
    [...new Set(places)].map(async (file) => ((await isThere(file)) ? [file] : [])),
  );
  const files = there.flat().filter((file) => file !== undefined);
  for (const file of files) run.reporter.info(`half of the safety copy of run ${dead.run}: ${file}`);
  return { files, next: await unreadySnapshot(run, dead) };
}

export async function removeHalfCopy(file: string): Promise<undefined> {
  await rm(file, { force: true });
}

/** Half copies in the state folder of runs that have left nothing else: another machine may have cleaned up. */
export async function warnOfOtherCopies(
  { reporter, clock }: Run,
  known: readonly DeadRun[],
  stateFolder: string,
): Promise<void> {
  const folder = join(stateFolder, 'safety');
  for (const name of await readdir(folder).catch(() => [])) {
    const id = parseRunId(/^nkvm-(.*)\.tar\.gz\.partial$/.exec(name)?.[1]);
    if (id === undefined || known.some(({ run }) => run === id)) continue;
    const file = join(folder, name);
    const written = await stat(file).catch(() => undefined);
    if (written === undefined || clock.now().getTime() - written.mtimeMs < untouchedMs) continue;
    reporter.warn(
      `${file} is half of a safety copy; its run ${id} has left nothing else here: ${shellCommand(['rm', file])}`,
    );
  }
}

/** Of a run in another namespace or cluster nobody knows here whether it lives: its copy would have grown. */
const untouchedMs = 3600 * 1000;

/** Where `--safety archive=DIR` put it, if the run's record is on this machine. */
async function recordedCopy({ run }: DeadRun, stateFolder: string): Promise<string | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(join(stateFolder, 'records', `${run}.json`), 'utf8'));
    const { unfinishedCopy } = record as { readonly unfinishedCopy?: unknown };
    // Whatever else the file says, nothing but a file of this name is ever removed.
    const isCopy =
      typeof unfinishedCopy === 'string' && basename(unfinishedCopy) === basename(partialCopy('', run));
    return isCopy ? unfinishedCopy : undefined;
  } catch {
    return undefined;
  }
}

async function isThere(file: string | undefined): Promise<boolean> {
  if (file === undefined) return false;
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function unreadySnapshot(
  { cluster, reporter }: Run,
  { run, namespace }: DeadRun,
): Promise<readonly string[]> {
  const name = snapshotName({ id: run });
  try {
    const found = await cluster.snapshots.read({ namespace, name });
    if (found === undefined) return [];
    const what = `volumesnapshot/${name} has the volume as it was before run ${run}`;
    reporter.info(found.isReady ? `${what}; it stays` : `${what}, and is not ready to use`);
    return found.isReady
      ? []
      : [shellCommand(['kubectl', '-n', namespace, 'delete', 'volumesnapshot', name])];
  } catch (error) {
    reporter.detail(`volumesnapshot/${name} could not be looked for: ${messageOf(error)}`);
    return [];
  }
}
