/**
 * What `restore` and `verify` share: every member of the archive against what is on the volume. Bounded memory: the
 * volume is streamed past the manifest, and only the first differences are kept.
 */
import type { Manifest } from '../archive/manifest.ts';
import { displayPath } from '../domain/archive-path.ts';
import { compareDifferences, type Difference, differencesOf, isLostAndFound } from '../domain/difference.ts';
import { messageOf } from '../domain/message-of.ts';
import { Interrupted, RunbookError } from './failure-matrix.ts';
import { listVolume } from './list-volume.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

export interface Comparison {
  readonly members: number;
  readonly contentBytes: number;
  /** How many there are in all. */
  readonly differenceCount: number;
  /** The first of them, sorted by path. */
  readonly differences: readonly Difference[];
  readonly extraFiles: number;
  /** The first files that the archive does not have, readable and sorted. */
  readonly extra: readonly string[];
}

export interface CompareOptions {
  /** Compare content hashes too. */
  readonly content: boolean;
  readonly keep: number;
}

export async function compareVolume(
  run: Run,
  { pod, manifest }: { pod: RestorePod; manifest: Manifest },
  { content, keep }: CompareOptions,
): Promise<Comparison> {
  const found = new Tally(keep);
  let members = 0;
  let contentBytes = 0;
  await listVolume(run, pod, content ? 'hash' : 'stat', (entry) => {
    if (isLostAndFound(entry.path)) return;
    const member = manifest.find(entry.path);
    if (member === undefined) {
      if (!manifest.isDirectoryOnTheWay(entry.path)) found.addExtra(entry.path);
      return;
    }
    manifest.markSeen(entry.path);
    members++;
    contentBytes += entry.sizeBytes;
    for (const difference of differencesOf(member, entry, { content })) found.add(difference);
    run.reporter.progress({ label: 'verify', done: members, total: manifest.size, unit: 'members' });
  }).catch(asVerificationFailure);
  for (const member of manifest.unseen()) {
    if (!isLostAndFound(member.path))
      for (const difference of differencesOf(member, undefined, { content })) found.add(difference);
  }
  return { members, contentBytes, ...found.result() };
}

/** Keeps the first differences by path, however many there are. */
class Tally {
  readonly #keep: number;
  #differences: Difference[] = [];
  #count = 0;
  #extra: string[] = [];
  #extraCount = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(difference: Difference): void {
    this.#count++;
    this.#differences.push(difference);
    if (this.#differences.length > 4 * this.#keep + 64) this.#differences = this.#sorted();
  }

  addExtra(path: string): void {
    this.#extraCount++;
    this.#extra.push(path);
    if (this.#extra.length > 4 * this.#keep + 64) this.#extra = this.#extra.sort().slice(0, this.#keep);
  }

  result(): Pick<Comparison, 'differenceCount' | 'differences' | 'extraFiles' | 'extra'> {
    return {
      differenceCount: this.#count,
      differences: this.#sorted(),
      extraFiles: this.#extraCount,
      extra: this.#extra.sort().slice(0, this.#keep).map(displayPath),
    };
  }

  #sorted(): Difference[] {
    return this.#differences.sort(compareDifferences).slice(0, this.#keep);
  }
}

export function asVerificationFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  throw new RunbookError('verification-failed', `the volume could not be read back: ${messageOf(cause)}`, {
    cause,
  });
}
