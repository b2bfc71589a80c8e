import type { ExecResult, PodRef } from '../../cluster/cluster.ts';
import type { Run } from '../run.ts';

export interface PodCommand {
  readonly command: readonly string[];
  /** Needed only in a pod with several. */
  readonly container?: string;
}

export interface Output extends ExecResult {
  readonly stdout: Buffer;
}

/** Runs a command in a pod that says little: all of it is kept. Throws what the exec throws. */
export async function outputOf(run: Run, pod: PodRef, { command, container }: PodCommand): Promise<Output> {
  const chunks: Buffer[] = [];
  const result = await run.cluster.exec(pod, command, {
    ...(container !== undefined && { container }),
    onStdout: (chunk) => void chunks.push(chunk),
    signal: run.signal,
  });
  return { ...result, stdout: Buffer.concat(chunks) };
}
