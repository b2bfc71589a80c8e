/** Brings an archive of the app here. */
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { Run } from '../runbook/run.ts';
import type { RetryLimits } from '../runbook/transfer/patience.ts';
import { SourceError } from '../sources/local-file.ts';
import type { AppFiles } from './app.ts';

export interface AppArchiveRequest {
  readonly files: AppFiles;
  /** Absolute, in the pod. */
  readonly path: string;
  /** The archive as messages and records name it. */
  readonly name: string;
  readonly retry: RetryLimits;
}

/** Rejects with a SourceError. */
export async function openAppArchive(_run: Run, { name }: AppArchiveRequest): Promise<ArchiveSource> {
  throw new SourceError('unreadable', name, `${name} cannot be read yet`);
}
