/**
 * Runbook step 5.1 and 5.2: Verify restored data. Compares every member of the archive with what is on the volume,
 * then shows what the runbook shows, and runs the operator's own checks in the pod.
 *
 * Invariant: nothing is taken from tar's word; type, size, content hash, mode, owner, time and link target are read
 * back from the volume, through no link. Failure signals: `data-differs`, `verification-failed`, `check-failed`.
 */
import type { Manifest } from '../archive/manifest.ts';
import { displayPath } from '../domain/archive-path.ts';
import type { Difference } from '../domain/difference.ts';
import type { ForeignPaths, Kept } from '../domain/foreign-paths.ts';
import type { PodIdentity } from '../domain/pod-identity.ts';
import { mountPath } from '../domain/restore-pod.ts';
import { counted } from '../domain/size.ts';
import type { RecordedCheck } from '../record/restore-record.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { asVerificationFailure, type Comparison, compareVolume } from './volume/compare-volume.ts';
import { outputOf } from './volume/output-of.ts';

declare const verified: unique symbol;

/** Evidence that the volume holds exactly what the archive holds. */
export interface VerifiedData {
  readonly [verified]: true;
  readonly comparison: Comparison;
}

export interface VerifyOptions {
  readonly pod: RestorePod;
  readonly manifest: Manifest;
  readonly identity: PodIdentity;
  /** As step 4 found the volume; undefined as root. */
  readonly foreign: ForeignPaths | undefined;
  readonly onCompared: (comparison: Comparison) => void;
}

export async function verifyData(
  run: Run,
  { pod, manifest, identity, foreign, onCompared }: VerifyOptions,
): Promise<VerifiedData> {
  const kept = (path: string): Kept | undefined => foreign?.directoryAt(path);
  const options = { content: true, keep: 40, identity, fsGroups: [], kept };
  const comparison = await compareVolume(run, { pod, manifest }, options);
  onCompared(comparison);
  if (comparison.differenceCount > 0) {
    const lines = comparison.differences.slice(0, 10).map(differenceLine);
    const more =
      comparison.differenceCount > lines.length ? `\n  ... ${comparison.differenceCount} in all` : '';
    throw new RunbookError(
      'data-differs',
      `the volume is not what the archive holds:\n  ${lines.join('\n  ')}${more}`,
    );
  }
  run.reporter.info(identicalWords(comparison));
  return { comparison } as unknown as VerifiedData;
}

function identicalWords({ members, expectedCount, expected }: Comparison): string {
  if (expectedCount === 0) return `${members} members are identical to the archive in content and metadata`;
  const lines = expected.slice(0, 10).map((loss) => `\n  ${differenceLine(loss)} (${loss.because})`);
  const more = expectedCount > lines.length ? `\n  ... ${expectedCount} in all` : '';
  return `${members} members are identical to the archive but for ${counted(expectedCount, 'expected loss', 'expected losses')}:${lines.join('')}${more}`;
}

function differenceLine({ path, kind, expected, found }: Difference): string {
  const values =
    expected === undefined && found === undefined
      ? ''
      : `: expected ${expected ?? '-'}, found ${found ?? '-'}`;
  return `${displayPath(path)} ${kind}${values}`;
}

/** The runbook's own look: the first 40 files down to the third level, and the size of the volume. */
export async function showSample(run: Run, pod: RestorePod): Promise<void> {
  // A name may hold a newline: it changes places with NUL, so that a line is a file.
  const swap = "tr '\\n\\000' '\\000\\n'";
  const find = `find ${mountPath} -maxdepth 3 -type f -print0 | ${swap} | head -n 40`;
  const files = await saidBy(run, pod, ['sh', '-c', find]);
  const size = await saidBy(run, pod, ['du', '-sh', mountPath]);
  for (const file of files.split('\n').filter((line) => line !== '')) {
    run.reporter.info(`  ${displayPath(file.replaceAll('\0', '\n'))}`);
  }
  run.reporter.info(`  ${size.trimEnd()}`);
}

/** As bytes: each character is one. */
async function saidBy(run: Run, pod: RestorePod, command: readonly string[]): Promise<string> {
  const { stdout } = await outputOf(run, pod, { command }).catch(asVerificationFailure);
  return stdout.toString('latin1');
}

export interface ChecksInPod {
  readonly pod: RestorePod;
  readonly commands: readonly string[];
  readonly timeoutSeconds: number;
  readonly onChecked: (check: RecordedCheck) => void;
}

/** Each `--check` whole to `sh -c`, in the volume's root; the first that fails ends the step. */
export async function runChecksInPod(
  run: Run,
  { pod, commands, timeoutSeconds, onChecked }: ChecksInPod,
): Promise<void> {
  for (const command of commands) {
    let output = '';
    const onStdout = (chunk: Buffer): void => {
      output = (output + chunk).slice(-8192);
    };
    const signal = AbortSignal.any([run.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    const script = 'cd "$1" && exec sh -c "$2" 2>&1';
    const ended = run.cluster.exec(pod, ['sh', '-c', script, 'nkvm-check', mountPath, command], {
      onStdout,
      signal,
    });
    const exitCode = await ended
      .then((result) => result.exitCode)
      .catch((error: unknown) => {
        if (!run.signal.aborted && signal.aborted) return undefined;
        return asVerificationFailure(error);
      });
    onChecked({ where: 'restore-pod', command, exitCode: exitCode ?? -1, output });
    if (exitCode === 0) {
      run.reporter.info(`check passed: ${command}`);
      continue;
    }
    const how = exitCode === undefined ? `did not end within ${timeoutSeconds} s` : `ended with ${exitCode}`;
    throw new RunbookError(
      'check-failed',
      `check ${how}: ${command}\n  ${output.trimEnd().split('\n').slice(-10).join('\n  ')}`,
    );
  }
}
