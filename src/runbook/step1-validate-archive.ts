/**
 * Runbook steps 1.2 to 1.4: Validate backup candidate, in one pass over the whole archive.
 *
 * Invariant: the file is opened once and stays open; what is proven complete here is, byte for byte, what step 4 sends.
 * A filed checksum proves only that nothing changed since it was filed: completeness is proven beside it.
 * Failure signals: one `archive-...` code for each verdict but `complete`.
 */
import type { ArchiveSource } from '../archive/archive-source.ts';
import { type ArchiveInspection, inspectArchive } from '../archive/inspect-archive.ts';
import type { LandedContents } from '../archive/landed-members.ts';
import type { Manifest } from '../archive/manifest.ts';
import { ManifestWriter } from '../archive/manifest-writer.ts';
import { type Landing, wholeArchive } from '../domain/landing.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { RecordedIncomplete } from '../record/recorded-landing.ts';
import { SourceError } from '../sources/local-file.ts';
import { incompleteArchive } from './accept-incomplete.ts';
import { checkSelection } from './check-selection.ts';
import { type FailureCode, RunbookError } from './failure-matrix.ts';
import type { Reporter } from './reporter.ts';
import type { IdentifiedArchive } from './step1-identify-backup.ts';

declare const validated: unique symbol;

/**
 * Evidence that what lands of the archive is safe to extract, and that the archive is whole and the one that was filed
 * where that is known; or that the operator accepted that it is not.
 */
export interface ValidatedArchive {
  readonly [validated]: true;
  readonly source: ArchiveSource;
  readonly inspection: ArchiveInspection;
  /** What restore makes of the members. */
  readonly landing: Landing;
  readonly landed: LandedContents;
  /** Of the members that land. */
  readonly manifest: Manifest;
  readonly vouched: boolean;
  /** With `--accept-incomplete`: what the archive has no more. */
  readonly incomplete?: RecordedIncomplete;
  close(): Promise<void>;
}

export interface ReadParts {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface ValidateOptions {
  /** Default: all members. */
  readonly landing?: Landing;
  /** `--accept-incomplete`: a damaged archive passes with what can be read of it. */
  readonly acceptIncomplete?: boolean;
}

export async function validateArchive(
  parts: ReadParts,
  archive: IdentifiedArchive,
  { landing = wholeArchive(), acceptIncomplete = false }: ValidateOptions = {},
): Promise<ValidatedArchive> {
  const source = await openArchive(archive);
  const writer = new ManifestWriter();
  try {
    const options = inspectOptions(parts, source, archive);
    const inspection = await inspectArchive(source, {
      ...options,
      manifest: writer,
      landing,
      careful: acceptIncomplete,
    });
    const { verdict, landed } = inspection;
    const incomplete = acceptIncomplete ? incompleteArchive(inspection) : undefined;
    if (verdict.result !== 'complete' && incomplete === undefined) {
      const exact = inspection.damage?.isRough
        ? (await inspectArchive(source, { ...options, careful: true })).verdict
        : verdict;
      throw verdictError(archive, (acceptIncomplete ? inspection.unsafe : undefined) ?? exact);
    }
    if (landed !== undefined) checkSelection(parts, archive.path, { landing, landed });
    for (const owner of landing.unmatchedMappings)
      parts.reporter.warn(`--map-owner maps ${owner}, and no member is of that`);
    const manifest = writer.finish();
    const close = async (): Promise<void> => {
      manifest.close();
      await source.close();
    };
    const vouched = archive.expectedSha256 !== undefined && verdict.result !== 'checksum-mismatch';
    const evidence = { source, inspection, landing, landed, manifest, vouched, incomplete, close };
    return evidence as unknown as ValidatedArchive;
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
    if (!(error instanceof RunbookError && error.code.startsWith('archive-'))) throw error;
    return {
      verdict: { result: error.code.replace('archive-', '') as Verdict['result'], reason: error.message },
    };
  }
  try {
    const options = { ...inspectOptions(parts, source, archive), showFiles };
    const found = await inspectArchive(source, options);
    const inspection = found.damage?.isRough
      ? await inspectArchive(source, { ...options, careful: true })
      : found;
    return { verdict: inspection.verdict, inspection };
  } finally {
    await source.close();
  }
}

async function openArchive({ open }: IdentifiedArchive): Promise<ArchiveSource> {
  try {
    return await open();
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
    ...(verdict.offset === undefined
      ? []
      : [`at byte ${verdict.offset} ${verdict.member === undefined ? 'of the file' : 'of the tar stream'}`]),
  ];
  const code = `archive-${verdict.result}` as FailureCode;
  return new RunbookError(code, `${path} is ${verdict.result}: ${facts.join(', ')}`);
}
