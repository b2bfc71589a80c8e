/**
 * Runbook step 1, of an archive that lies in the NKVM app: it is brought here before it is judged, as step 1 must have
 * passed before step 2, and both it and step 4 read every byte.
 *
 * Guarantees: each byte is asked for once, in memory that does not grow with the archive. A connection that is cut, or
 * a pod that is replaced, is gone on from at the byte that was had, if the file is still the one that was begun (size,
 * time of change, inode), else from its beginning. In the pod nothing is written: its own `stat` and `tail` read.
 * Failure signals: no place for it here (`spool-impossible`), it does not arrive (`fetch-failed`).
 */
import type { ArchiveSource } from '../archive/archive-source.ts';
import { CatalogError } from '../catalog/catalog-error.ts';
import { isStatus } from '../cluster/connection-error.ts';
import { messageOf } from '../domain/message-of.ts';
import { formatBytes } from '../domain/size.ts';
import { makeOwnFolder } from '../record/own-folder.ts';
import { RunbookError } from '../runbook/failure-matrix.ts';
import type { Run } from '../runbook/run.ts';
import { Cut, Patience, PatienceLost, type RetryLimits } from '../runbook/transfer/patience.ts';
import { SourceError } from '../sources/local-file.ts';
import type { AppFiles, AppPod } from './app.ts';
import { FirstLine } from './first-line.ts';
import { Silence } from './silence.ts';
import { SpoolFile } from './spool-file.ts';

export interface AppArchiveRequest {
  readonly files: AppFiles;
  /** Absolute, in the pod. */
  readonly path: string;
  /** The archive as messages and records name it. */
  readonly name: string;
  readonly retry: RetryLimits;
  /** Where it is kept while it is read; made where it is not there. */
  readonly spoolFolder: string;
}

const missing = 66;
const unreadable = 77;

/**
 * `$1` file, `$2` its first byte that is wanted, counted from 1, `$3` what the file was: another one is sent from its
 * beginning. The first line says what it is: size, time, inode. It is opened once, so that all is of one file. Not tail:
 * busybox's cannot begin beyond 2 GiB.
 */
export const readScript = `
[ -e "$1" ] || exit ${missing}
[ -f "$1" ] && [ -r "$1" ] || exit ${unreadable}
exec <"$1" || exit ${unreadable}
is=$(stat -L -c "%s %Y %i" /dev/stdin) || exit
echo "$is"
[ "$is" = "$3" ] || set -- "$1" 1
exec dd bs=64k iflag=skip_bytes skip="$(($2 - 1))" status=none
`;

/**
 * The whole archive; closing it removes it. Rejects with a SourceError where there is no such file in the app, else with
 * a RunbookError.
 */
export async function openAppArchive(run: Run, request: AppArchiveRequest): Promise<ArchiveSource> {
  const spool = await openSpool(request);
  try {
    await new Download(run, request, spool).toItsEnd();
    return spool.source(request.name);
  } catch (error) {
    await spool.discard();
    throw error;
  }
}

async function openSpool({ spoolFolder }: AppArchiveRequest): Promise<SpoolFile> {
  try {
    await makeOwnFolder(spoolFolder);
    return await SpoolFile.create(spoolFolder);
  } catch (cause) {
    throw noPlace(spoolFolder, cause);
  }
}

function noPlace(folder: string, cause: unknown): RunbookError {
  const message = `the archive cannot be kept in ${folder} while it is read: ${messageOf(cause)}`;
  return new RunbookError('spool-impossible', message, { cause });
}

class Download {
  readonly #run: Run;
  readonly #request: AppArchiveRequest;
  readonly #spool: SpoolFile;
  readonly #patience: Patience;
  /** What the file is, as the pod says it; its size is the first number. */
  #is = '';
  #sizeBytes = 0;

  constructor(run: Run, request: AppArchiveRequest, spool: SpoolFile) {
    this.#run = run;
    this.#request = request;
    this.#spool = spool;
    this.#patience = new Patience(run, undefined, request.retry);
  }

  async toItsEnd(): Promise<void> {
    const { reporter } = this.#run;
    for (;;) {
      try {
        await this.#goOn();
        reporter.info(`fetched ${formatBytes(this.#sizeBytes)}, sha256 ${this.#spool.sha256}`);
        return;
      } catch (error) {
        const where = `at ${formatBytes(this.#spool.sizeBytes)}`;
        await this.#patience.after(error, where).catch((last: unknown) => {
          throw last instanceof PatienceLost ? this.#lost(last) : last;
        });
      }
    }
  }

  #lost(cause: PatienceLost): RunbookError {
    return new RunbookError('fetch-failed', `${this.#request.name}: ${cause.message}`, { cause });
  }

  /** From the byte that is missing to the last. Throws a Cut where another try may bring more. */
  async #goOn(): Promise<void> {
    const { cluster, clock, signal } = this.#run;
    const pod = await this.#pod();
    const words = [this.#request.path, String(this.#spool.sizeBytes + 1), this.#is];
    const header = new FirstLine((line) => this.#begin(line));
    const command = ['sh', '-c', readScript, 'nkvm-read', ...words];
    const silence = new Silence(clock);
    const onStdout = (chunk: Buffer): void => {
      silence.broken();
      this.#keep(header.cut(chunk));
    };
    const streams = { container: pod.container, onStdout, signal: AbortSignal.any([signal, silence.signal]) };
    try {
      const { exitCode, stderr } = await cluster.exec(pod, command, streams);
      this.#judge(exitCode, stderr.trim());
    } catch (error) {
      // A pod that is gone, or whose container does not run just now.
      throw isStatus(error, 400, 404) ? new Cut(messageOf(error)) : error;
    } finally {
      silence.end();
    }
  }

  async #pod(): Promise<AppPod> {
    try {
      return await this.#request.files.pod();
    } catch (error) {
      if (this.#is === '' || !(error instanceof CatalogError)) throw error;
      throw new Cut(error.message);
    }
  }

  #begin(line: string): void {
    const { reporter } = this.#run;
    if (line === this.#is) return;
    if (this.#is !== '')
      reporter.warn(`${this.#request.name} was changed meanwhile: it is fetched from its beginning`);
    this.#is = line;
    this.#sizeBytes = Number(line.split(' ')[0]);
    this.#onDisk(() => {
      this.#spool.empty();
      this.#spool.requireRoom(this.#sizeBytes);
    });
  }

  #keep(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const done = this.#spool.sizeBytes + chunk.length;
    if (done > this.#sizeBytes) throw this.#unreadable('it grew while it was read');
    this.#onDisk(() => this.#spool.write(chunk));
    this.#patience.progressed();
    const retries = this.#patience.reconnects;
    this.#run.reporter.progress({
      label: 'fetch',
      done,
      total: this.#sizeBytes,
      unit: 'bytes',
      ...(retries > 0 && { retries }),
    });
  }

  #judge(exitCode: number, stderr: string): void {
    const { path, name } = this.#request;
    if (exitCode === missing) throw new SourceError('missing', path, `${name} is not there`);
    if (exitCode === unreadable) throw this.#unreadable(stderr || 'it is no file that the app may read');
    if (exitCode === 0 && this.#is !== '' && this.#spool.sizeBytes === this.#sizeBytes) return;
    throw new Cut(`reading in the pod ended with ${exitCode}${stderr && `: ${stderr}`}`);
  }

  #unreadable(why: string): SourceError {
    return new SourceError('unreadable', this.#request.path, `${this.#request.name} cannot be read: ${why}`);
  }

  #onDisk(change: () => void): void {
    try {
      change();
    } catch (cause) {
      throw noPlace(this.#request.spoolFolder, cause);
    }
  }
}
