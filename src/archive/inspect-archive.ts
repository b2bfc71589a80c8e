/**
 * Runbook steps 1.2 to 1.4 in one pass: is the archive the one that was filed, is it whole, is it safe to extract,
 * and what does it hold. The pass is
 *   file -> SHA-256 -> inflate -> tar members -> safety, tally, manifest
 * and reaches the file's last byte whatever is wrong before it, as the checksum decides first.
 */

import { displayPath } from '../domain/archive-path.ts';
import { type Landing, wholeArchive } from '../domain/landing.ts';
import { type Verdict, verdictResults } from '../domain/verdict.ts';
import { ArchiveFault } from './archive-fault.ts';
import type { ArchiveSource } from './archive-source.ts';
import { type ArchiveContents, ArchiveTally } from './archive-tally.ts';
import { GzipCheckFault, GzipFault } from './gzip-frame.ts';
import { carefulChunkBytes, HashedFile, type HashedFileOptions } from './hashed-file.ts';
import { inflate } from './inflate.ts';
import { type LandedContents, LandedMembers } from './landed-members.ts';
import type { ManifestWriter } from './manifest-writer.ts';
import { MemberSafety } from './member-safety.ts';
import { PathIndex } from './path-index.ts';
import { type TarEntry, TarReader } from './tar-reader.ts';

export interface InspectOptions extends Omit<HashedFileOptions, 'chunkBytes'> {
  /** Takes several times as long, and finds all that comes before a damage. */
  readonly careful?: boolean | undefined;
  /** As filed, 64 hex digits. Without it nothing vouches for the archive; completeness is proven all the same. */
  readonly expectedSha256?: string | undefined;
  /** Gets every member, files with the hash of their content, which costs time. Use it only if complete. */
  readonly manifest?: ManifestWriter | undefined;
  /** Which members the manifest is of; default all. What is left out cannot make the archive unsafe. */
  readonly landing?: Landing | undefined;
  /** How many names to give in `files`; default 0. */
  readonly showFiles?: number | undefined;
}

/** Unless the verdict is `complete` or `unsafe`, the contents are those that could be read. */
export interface ArchiveInspection extends ArchiveContents {
  readonly verdict: Verdict;
  /** Of the whole file; absent when it could not be read to its end. */
  readonly sha256?: string;
  /** Bytes of the archive file. */
  readonly sizeBytes: number;
  /** What a restore makes of it; absent without a manifest. */
  readonly landed?: LandedContents;
  /** Why the archive could not be read to its end, also where the verdict is about its checksum. */
  readonly damage?: Damage;
  /** The first member that must not be extracted, also where the verdict is about something worse. */
  readonly unsafe?: Verdict;
}

export interface Damage {
  readonly verdict: Verdict;
  /** The tar was read to its end all the same: no member is missing. */
  readonly isTarWhole: boolean;
  /** A gzip checksum or length is not that of the data. */
  readonly isGzipCheck: boolean;
  /** The damage may be up to some megabytes behind where `verdict` says it is: a careful reading knows. */
  readonly isRough: boolean;
}

/**
 * Throws the signal's reason when it is aborted, and what the manifest throws; whatever is wrong with the archive
 * is the verdict. The source stays open.
 */
export async function inspectArchive(
  source: ArchiveSource,
  options: InspectOptions = {},
): Promise<ArchiveInspection> {
  const file = new HashedFile(source, { ...options, chunkBytes: chunkBytesOf(options) });
  const tally = new ArchiveTally(options.showFiles ?? 0);
  const { manifest, landing } = options;
  const landed = manifest && new LandedMembers(manifest, landing ?? wholeArchive());
  const members = new MemberJudge(tally, landed);
  const damage = await readMembers(file, members, options);
  const hashed = await attempt(() => file.finish());
  const sha256 = hashed.value;
  const { unsafe } = members;
  const structure = damage?.verdict ?? unsafe;
  const checksum = checksumFault(options.expectedSha256, sha256, structure);
  const verdict = firstWrong([hashed.fault, checksum, structure]);
  return {
    verdict,
    ...(sha256 !== undefined && { sha256 }),
    sizeBytes: source.sizeBytes,
    ...tally.contents(),
    ...(landed && { landed: landed.contents() }),
    ...(damage && { damage }),
    ...(unsafe && { unsafe }),
  };
}

/** Undefined for what is fastest. */
function chunkBytesOf({ careful = false }: Pick<InspectOptions, 'careful'>): number | undefined {
  return careful ? carefulChunkBytes : undefined;
}

function firstWrong(faults: ReadonlyArray<Verdict | undefined>): Verdict {
  const precedence = ({ result }: Verdict) => verdictResults.indexOf(result);
  const [first] = faults.filter((fault) => fault !== undefined).sort((a, b) => precedence(a) - precedence(b));
  return first ?? { result: 'complete' };
}

/** Counts the members, and judges each that would be extracted. */
class MemberJudge {
  readonly #tally: ArchiveTally;
  readonly #landed: LandedMembers | undefined;
  readonly #safety = new MemberSafety(new PathIndex());
  unsafe: Verdict | undefined;

  constructor(tally: ArchiveTally, landed: LandedMembers | undefined) {
    this.#tally = tally;
    this.#landed = landed;
  }

  add(entry: TarEntry): void {
    this.#tally.add(entry);
    const reason = this.#landed
      ? this.#landed.take(entry)
      : (entry.unsafe ?? this.#safety.check(entry.member));
    if (reason !== undefined) this.unsafe ??= unsafeVerdict(entry, reason);
  }
}

/** What is wrong with the structure. */
async function readMembers(
  file: HashedFile,
  members: MemberJudge,
  { manifest, signal, careful = false }: InspectOptions,
): Promise<Damage | undefined> {
  const tar = new TarReader({ content: manifest === undefined ? 'skip' : 'hash', signal });
  try {
    for await (const inflated of inflate(() => file.next(), chunkBytesOf({ careful }))) {
      await tar.write(inflated, (entry) => members.add(entry));
    }
    tar.finish();
    return undefined;
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    const isOfGzip = error instanceof GzipFault;
    const isGzipCheck = error instanceof GzipCheckFault;
    const { verdict } = isOfGzip ? tar.interrupt(error) : error;
    const isRough = isOfGzip && !isGzipCheck && verdict.result === 'corrupt' && !careful;
    return { verdict, isTarWhole: tar.isWhole, isGzipCheck, isRough };
  }
}

function unsafeVerdict({ member, number, offset }: TarEntry, reason: string): Verdict {
  const name = displayPath(member.path);
  return {
    result: 'unsafe',
    reason: `member ${number} (${name}) is ${reason}`,
    member: { number, name },
    offset,
  };
}

function checksumFault(
  expected: string | undefined,
  found: string | undefined,
  structure: Verdict | undefined,
): Verdict | undefined {
  if (expected === undefined || found === undefined || expected.toLowerCase() === found) return undefined;
  const also = structure?.reason === undefined ? '' : `; besides, ${structure.reason}`;
  return {
    result: 'checksum-mismatch',
    reason: `the archive is not the one that was filed${also}`,
    expected,
    found,
  };
}

async function attempt<Value>(
  step: () => Promise<Value>,
): Promise<{ readonly value?: Value; readonly fault?: Verdict }> {
  try {
    return { value: await step() };
  } catch (error) {
    if (error instanceof ArchiveFault) return { fault: error.verdict };
    throw error;
  }
}
