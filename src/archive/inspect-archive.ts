/**
 * Runbook steps 1.2 to 1.4 in one pass: is the archive the one that was filed, is it whole, is it safe to extract,
 * and what does it hold. The pass is
 *   file → SHA-256 → inflate → tar members → safety, tally, manifest
 * and reaches the file's last byte whatever is wrong before it, as the checksum decides first.
 */

import { displayPath } from '../domain/archive-path.ts';
import type { Member } from '../domain/member.ts';
import { type Verdict, verdictResults } from '../domain/verdict.ts';
import { ArchiveFault } from './archive-fault.ts';
import type { ArchiveSource } from './archive-source.ts';
import { type ArchiveContents, ArchiveTally } from './archive-tally.ts';
import { HashedFile, type HashedFileOptions } from './hashed-file.ts';
import { GzipFault, inflate } from './inflate.ts';
import type { ManifestWriter } from './manifest.ts';
import { MemberSafety } from './member-safety.ts';
import { PathIndex } from './path-index.ts';
import { type TarEntry, TarReader } from './tar-reader.ts';

export interface InspectOptions extends HashedFileOptions {
  /** As filed, 64 hex digits. Without it nothing vouches for the archive; completeness is proven all the same. */
  readonly expectedSha256?: string | undefined;
  /** Gets every member, files with the hash of their content, which costs time. Use it only if complete. */
  readonly manifest?: ManifestWriter | undefined;
  /** As what a member lands on the volume; the manifest gets that. Without it, as it is. */
  readonly land?: ((member: Member) => Member) | undefined;
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
}

/**
 * Throws the signal's reason when it is aborted, and what the manifest throws; whatever is wrong with the archive
 * is the verdict. The source stays open.
 */
export async function inspectArchive(
  source: ArchiveSource,
  options: InspectOptions = {},
): Promise<ArchiveInspection> {
  const file = new HashedFile(source, options);
  const tally = new ArchiveTally(options.showFiles ?? 0);
  const read = await attempt(() => readMembers(file, tally, options));
  const hashed = await attempt(() => file.finish());
  const sha256 = hashed.value;
  const structure = read.fault ?? read.value;
  const checksum = checksumFault(options.expectedSha256, sha256, structure);
  const verdict = firstWrong([hashed.fault, checksum, structure]);
  return {
    verdict,
    ...(sha256 !== undefined && { sha256 }),
    sizeBytes: source.sizeBytes,
    ...tally.contents(),
  };
}

function firstWrong(faults: ReadonlyArray<Verdict | undefined>): Verdict {
  const precedence = ({ result }: Verdict) => verdictResults.indexOf(result);
  const [first] = faults.filter((fault) => fault !== undefined).sort((a, b) => precedence(a) - precedence(b));
  return first ?? { result: 'complete' };
}

/** Gives the verdict on the first unsafe member; throws an `ArchiveFault` when the structure is wrong. */
async function readMembers(
  file: HashedFile,
  tally: ArchiveTally,
  { manifest, land = (member) => member }: InspectOptions,
): Promise<Verdict | undefined> {
  const safety = new MemberSafety(manifest?.index ?? new PathIndex());
  let unsafe: Verdict | undefined;
  const tar = new TarReader({
    hashContent: manifest !== undefined,
    onEntry: (entry) => {
      const reason = entry.unsafe ?? safety.check(entry.member);
      if (reason !== undefined) unsafe ??= unsafeVerdict(entry, reason);
      tally.add(entry.member, entry.usesPax);
      if (unsafe === undefined) manifest?.add(land(entry.member));
    },
  });
  try {
    for await (const inflated of inflate(() => file.next())) await tar.write(inflated);
  } catch (error) {
    throw error instanceof GzipFault ? await tar.interrupt(error) : error;
  }
  await tar.finish();
  return unsafe;
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
