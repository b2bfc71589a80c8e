/**
 * Moves a wire into tar in the restore pod, over connections that may be lost: what the pod has is never sent again,
 * and nothing is begun again. Success is what the pod itself says.
 */
import type { Wire } from '../../archive/wire.ts';
import type { PodRef } from '../../cluster/cluster.ts';
import { workFolder } from '../../domain/pod-process.ts';
import { formatBytes } from '../../domain/size.ts';
import type { Run } from '../run.ts';
import { outputOf } from '../volume/output-of.ts';
import { Patience, type RetryLimits, retried } from './patience.ts';
import { beginScript, extractScript, resultScript } from './pod-scripts.ts';
import { Rate } from './rate.ts';
import { Segments } from './segments.ts';
import { firstSegmentBytes, type Lane, Upload, type UploadParts } from './upload.ts';

export interface PipeParts {
  readonly pod: PodRef;
  readonly wire: Wire;
  /** Where tar extracts to. */
  readonly folder: string;
  /** Under which tar makes what it extracts, octal. */
  readonly umask: string;
  readonly retry: RetryLimits;
  /** `--limit-rate`. */
  readonly bytesPerSecond?: number | undefined;
  /** Told of each byte once, and of each connection that was made again. */
  readonly onMoved: (moved: Moved) => void;
}

export interface Moved {
  /** Of the wire, that the pod has. */
  readonly bytes: number;
  readonly reconnects: number;
}

export interface PipedIntoTar {
  /** Undefined when something in the pod ended tar before it could say. */
  readonly exitCode: number | undefined;
  /** Bytes of the wire that tar was given. */
  readonly takenBytes: number;
  /** All of the wire's bytes; undefined when tar ended before they were sent. */
  readonly totalBytes: number | undefined;
  /** The last lines that tar wrote to stderr. */
  readonly stderr: string;
}

const lanes = 1;

export async function pipeIntoTar(run: Run, parts: PipeParts): Promise<PipedIntoTar> {
  const { pod, wire, folder, umask, retry, bytesPerSecond } = parts;
  const flags = wire.format === 'gzip' ? '-xzf' : '-xf';
  const words = ['sh', '-c', beginScript, 'nkvm-begin', workFolder, folder, flags, umask, extractScript];
  const begun = await retried(run, { pod, retry }, () =>
    run.cluster.exec(pod, words, { signal: run.signal }),
  );
  if (begun.exitCode !== 0)
    throw new Error(
      `tar could not be started in the pod (exit code ${begun.exitCode}): ${begun.stderr.trim()}`,
    );
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const segments = new Segments(wire.read({ signal }));
  const ended = Promise.withResolvers<void>();
  const patience = new Patience(run, pod, retry);
  const rate = bytesPerSecond === undefined ? undefined : new Rate(run.clock, bytesPerSecond);
  const moved = (): void => {
    const bytes = segments.keptBytes;
    const { reconnects } = patience;
    parts.onMoved({ bytes, reconnects });
    const total = wire.sizeBytes;
    run.reporter.progress({
      label: 'extract',
      done: bytes,
      ...(total !== undefined && { total }),
      unit: 'bytes',
      ...(reconnects > 0 && { retries: reconnects }),
    });
  };
  const onProgress = (): void => {
    patience.progressed();
    moved();
  };
  const upload = { pod, workFolder, segments, rate, onProgress, onEnded: ended.resolve, signal };
  const sending = Array.from({ length: lanes }, (_, number) =>
    keepSending(
      run,
      { ...upload, lane: { number, connections: 0, segmentBytes: firstSegmentBytes(rate) } },
      patience,
    ),
  );
  try {
    await Promise.race([ended.promise, ...sending]);
  } finally {
    over.abort();
    moved();
  }
  return { ...(await resultOf(run, parts)), totalBytes: segments.totalBytes };
}

/** One lane, over as many connections as it takes, until the signal ends it. */
async function keepSending(
  run: Run,
  parts: UploadParts & { readonly lane: Lane },
  patience: Patience,
): Promise<never> {
  for (;;) {
    try {
      await new Upload(run, parts).send();
    } catch (error) {
      parts.signal.throwIfAborted();
      await patience.after(error, `at ${formatBytes(parts.segments.keptBytes)}`);
    }
  }
}

async function resultOf(run: Run, { pod, retry }: PipeParts): Promise<Omit<PipedIntoTar, 'totalBytes'>> {
  const command = ['sh', '-c', resultScript, 'nkvm-result', workFolder];
  const { stdout, stderr } = await retried(run, { pod, retry }, () => outputOf(run, pod, { command }));
  const [, code = '', taken = ''] = /^ended (\d+|lost) (\d+)/m.exec(stdout.toString()) ?? [];
  return {
    exitCode: /^\d+$/.test(code) ? Number(code) : undefined,
    takenBytes: Number(taken),
    stderr: stderr.trim(),
  };
}
