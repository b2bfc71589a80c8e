/**
 * What `restore` and `verify` share: every member of the archive against what is on the volume. Bounded memory: the
 * volume is streamed past the manifest, and only the first differences are kept.
 */
import type { Manifest } from '../../archive/manifest.ts';
import { Access, toLookInto } from '../../domain/access.ts';
import {
  compareDifferences,
  type Difference,
  differencesOf,
  extraDifferences,
  isLostAndFound,
} from '../../domain/difference.ts';
import { type ComparedAs, judgeMember } from '../../domain/expected-difference.ts';
import { messageOf } from '../../domain/message-of.ts';
import type { PodIdentity } from '../../domain/pod-identity.ts';
import { counted } from '../../domain/size.ts';
import type { VolumeEntry } from '../../domain/volume-listing.ts';
import { Interrupted, RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { listVolume } from './list-volume.ts';

export interface Comparison {
  readonly members: number;
  readonly contentBytes: number;
  /** How many there are in all. */
  readonly differenceCount: number;
  /** The first of them, sorted by path. */
  readonly differences: readonly Difference[];
  /** Differences that were to be expected, and say why: not among the others. */
  readonly expectedCount: number;
  readonly expected: readonly Difference[];
  readonly extraFiles: number;
  /** The first files that the archive does not have, sorted. */
  readonly extra: readonly Difference[];
}

export interface CompareOptions extends ComparedAs {
  readonly keep: number;
}

export async function compareVolume(
  run: Run,
  { pod, manifest }: { pod: RestorePod; manifest: Manifest },
  options: CompareOptions,
): Promise<Comparison> {
  const { content } = options;
  const found = new Tally(options.keep);
  // A comparison that was cut has left its own notes.
  manifest.forgetSeen();
  let members = 0;
  let contentBytes = 0;
  let mayLookInto = true;
  await listVolume(run, pod, content ? 'hash' : 'stat', (entry) => {
    if (entry.path === 'lost+found') mayLookInto = mayBeRead(entry, options.identity);
    const member = manifest.find(entry.path);
    if (member === undefined) {
      if (!manifest.isDirectoryOnTheWay(entry.path)) found.addExtra(extraDifferences(entry));
      return;
    }
    manifest.markSeen(entry.path);
    members++;
    contentBytes += entry.sizeBytes;
    const { differences, expected } = judgeMember(member, entry, options);
    for (const difference of differences) found.add(difference);
    for (const difference of expected) found.addExpected(difference);
    run.reporter.progress({ label: 'verify', done: members, total: manifest.size, unit: 'members' });
  }).catch(asVerificationFailure);
  let hidden = 0;
  for (const member of manifest.unseen()) {
    if (!mayLookInto && isLostAndFound(member.path)) hidden++;
    else for (const difference of differencesOf(member, undefined, { content })) found.add(difference);
  }
  if (hidden > 0)
    run.reporter.warn(
      `${counted(hidden, 'member')} in lost+found cannot be seen by the pod's user: not compared`,
    );
  return { members, contentBytes, ...found.result() };
}

/** Only root may look into a `lost+found` as mkfs makes it. */
function mayBeRead(entry: VolumeEntry, identity: PodIdentity): boolean {
  return identity.kind === 'root' || new Access(identity).has(entry, toLookInto);
}

class Tally {
  readonly #differences: FirstDifferences;
  readonly #expected: FirstDifferences;
  readonly #extra: FirstDifferences;

  constructor(keep: number) {
    this.#differences = new FirstDifferences(keep);
    this.#expected = new FirstDifferences(keep);
    this.#extra = new FirstDifferences(keep);
  }

  add(difference: Difference): void {
    this.#differences.add(difference);
  }

  addExpected(difference: Difference): void {
    this.#expected.add(difference);
  }

  addExtra(differences: readonly Difference[]): void {
    for (const difference of differences) this.#extra.add(difference);
  }

  result(): Omit<Comparison, 'members' | 'contentBytes'> {
    return {
      differenceCount: this.#differences.count,
      differences: this.#differences.first(),
      expectedCount: this.#expected.count,
      expected: this.#expected.first(),
      extraFiles: this.#extra.count,
      extra: this.#extra.first(),
    };
  }
}

/** Keeps the first differences by path, however many there are. */
class FirstDifferences {
  readonly #keep: number;
  #kept: Difference[] = [];
  count = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(difference: Difference): void {
    this.count += 1;
    this.#kept.push(difference);
    if (this.#kept.length > 4 * this.#keep + 64) this.#kept = this.first();
  }

  first(): Difference[] {
    return this.#kept.sort(compareDifferences).slice(0, this.#keep);
  }
}

export function asVerificationFailure(cause: unknown): never {
  if (cause instanceof RunbookError || cause instanceof Interrupted) throw cause;
  throw new RunbookError('verification-failed', `the volume could not be read back: ${messageOf(cause)}`, {
    cause,
  });
}
