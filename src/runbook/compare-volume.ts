/**
 * What `restore` and `verify` share: every member of the archive against what is on the volume. Bounded memory: the
 * volume is streamed past the manifest, and only the first differences are kept.
 */
import type { Manifest } from '../archive/manifest.ts';
import {
  compareDifferences,
  type Difference,
  differencesOf,
  extraDifferences,
  isLostAndFound,
} from '../domain/difference.ts';
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
  /** The first files that the archive does not have, sorted. */
  readonly extra: readonly Difference[];
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
      if (!manifest.isDirectoryOnTheWay(entry.path)) found.addExtra(extraDifferences(entry));
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
  #extra: Difference[] = [];
  #extraCount = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(difference: Difference): void {
    this.#count++;
    this.#differences.push(difference);
    if (this.#differences.length > 4 * this.#keep + 64) this.#differences = this.#first(this.#differences);
  }

  addExtra(differences: readonly Difference[]): void {
    this.#extraCount += differences.length;
    this.#extra.push(...differences);
    if (this.#extra.length > 4 * this.#keep + 64) this.#extra = this.#first(this.#extra);
  }

  result(): Pick<Comparison, 'differenceCount' | 'differences' | 'extraFiles' | 'extra'> {
    return {
      differenceCount: this.#count,
      differences: this.#first(this.#differences),
      extraFiles: this.#extraCount,
      extra: this.#first(this.#extra),
    };
  }

  #first(differences: Difference[]): Difference[] {
    return differences.sort(compareDifferences).slice(0, this.#keep);
  }
}

export function asVerificationFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  throw new RunbookError('verification-failed', `the volume could not be read back: ${messageOf(cause)}`, {
    cause,
  });
}
