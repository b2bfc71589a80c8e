/**
 * Runbook steps 1.2 to 1.4: Validate backup candidate, in one pass over the whole archive.
 *
 * Invariant: the file is opened once and stays open; what is proven complete here is, byte for byte, what step 4 sends.
 * A filed checksum proves only that nothing changed since it was filed: completeness is proven beside it.
 * Failure signals: one `archive-…` code for each verdict but `complete`.
 */
import type { ArchiveSource } from '../archive/archive-source.ts';
import { type ArchiveInspection, inspectArchive } from '../archive/inspect-archive.ts';
import { type Manifest, ManifestWriter } from '../archive/manifest.ts';
import type { Member } from '../domain/member.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Verdict } from '../domain/verdict.ts';
import { openLocalArchive, SourceError } from '../sources/local-file.ts';
import { type FailureCode, RunbookError } from './failure-matrix.ts';
import type { Reporter } from './reporter.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';

declare const validated: unique symbol;

/** Evidence that the archive is whole, safe to extract, and the one that was filed where that is known. */
export interface ValidatedArchive {
  readonly [validated]: true;
  readonly source: ArchiveSource;
  readonly inspection: ArchiveInspection;
  readonly manifest: Manifest;
  readonly vouched: boolean;
  close(): Promise<void>;
}

export interface ReadParts {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** `land`: as what a member lands on the volume, which is what the manifest holds. */
export async function validateArchive(
  parts: ReadParts,
  archive: IdentifiedArchive,
  land?: (member: Member) => Member,
): Promise<ValidatedArchive> {
  const source = await openArchive(archive);
  const writer = new ManifestWriter();
  try {
    const inspection = await inspectArchive(source, {
      ...inspectOptions(parts, source, archive),
      manifest: writer,
      land,
    });
    if (inspection.verdict.result !== 'complete') throw verdictError(archive, inspection.verdict);
    const manifest = writer.finish();
    const close = async (): Promise<void> => {
      manifest.close();
      await source.close();
    };
    const vouched = archive.expectedSha256 !== undefined;
    return { source, inspection, manifest, vouched, close } as unknown as ValidatedArchive;
  } catch (error) {
    writer.close();
    await source.close();
    throw error;
  }
}

/** The verdict on an archive, whatever it is; an archive that cannot be opened is one of them too. */
export async function judgeArchive(
  parts: ReadParts,
  archive: IdentifiedArchive,
  showFiles: number,
): Promise<{ verdict: Verdict; inspection?: ArchiveInspection }> {
  let source: ArchiveSource;
  try {
    source = await openArchive(archive);
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    return {
      verdict: { result: error.code.replace('archive-', '') as Verdict['result'], reason: error.message },
    };
  }
  try {
    const inspection = await inspectArchive(source, { ...inspectOptions(parts, source, archive), showFiles });
    return { verdict: inspection.verdict, inspection };
  } finally {
    await source.close();
  }
}

async function openArchive({ path }: IdentifiedArchive): Promise<ArchiveSource> {
  try {
    return await openLocalArchive(path);
  } catch (cause) {
    if (!(cause instanceof SourceError)) throw cause;
    throw new RunbookError(
      cause.code === 'missing' ? 'archive-missing' : 'archive-unreadable',
      messageOf(cause),
      { cause },
    );
  }
}

function inspectOptions(
  { reporter, signal }: ReadParts,
  source: ArchiveSource,
  { expectedSha256 }: IdentifiedArchive,
) {
  const total = source.sizeBytes;
  return {
    expectedSha256,
    signal,
    onProgress: (done: number) =>
      reporter.progress({ label: 'validate', done, total, unit: 'bytes' as const }),
  };
}

function verdictError({ path }: IdentifiedArchive, verdict: Verdict): RunbookError {
  const facts = [
    verdict.reason,
    ...(verdict.expected === undefined ? [] : [`expected ${verdict.expected}`]),
    ...(verdict.found === undefined ? [] : [`found ${verdict.found}`]),
    ...(verdict.offset === undefined ? [] : [`at byte ${verdict.offset}`]),
  ];
  const code = `archive-${verdict.result}` as FailureCode;
  return new RunbookError(code, `${path} is ${verdict.result}: ${facts.join(', ')}`);
}
