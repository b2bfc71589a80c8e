/**
 * What a run writes on a workload that it scales to 0, so that the cluster itself knows what to give back, whatever
 * becomes of the run. Read back as a stranger's text: parsed, bounded, never executed.
 */
import { type HeldIncomplete, parseHeldIncomplete } from './held-incomplete.ts';
import { annotations } from './names.ts';
import { parseRunId, type RunId } from './run.ts';
import type { Workload } from './workload.ts';

/** What a run wrote on a workload in the patch that scaled it to 0, and has not taken back. */
export interface QuiesceRecord {
  readonly run: RunId;
  readonly claim: string;
  readonly replicas: number;
  readonly whenScaled?: 'Retain' | 'Delete';
  /** Set on a held workload. */
  readonly heldSpec?: string;
  readonly heldArchive?: string;
  readonly heldChecksum?: string;
  readonly heldIncomplete?: HeldIncomplete;
}

const maxReplicas = 1_000_000;

/** Undefined when there is none, or when what is there is not what this tool writes. */
export function quiesceRecord(workload: Workload): QuiesceRecord | undefined {
  const values = workload.annotations;
  const run = parseRunId(values[annotations.run]);
  const replicas = parseCount(values[annotations.replicas], maxReplicas);
  if (run === undefined || replicas === undefined) return undefined;
  const whenScaled = values[annotations.whenScaled];
  const heldSpec = values[annotations.heldSpec];
  const heldArchive = values[annotations.heldArchive];
  const heldChecksum = values[annotations.heldChecksum];
  const heldIncomplete = parseHeldIncomplete(values[annotations.heldIncomplete]);
  return {
    run,
    claim: values[annotations.claim] ?? '',
    replicas,
    ...((whenScaled === 'Retain' || whenScaled === 'Delete') && { whenScaled }),
    ...(heldSpec !== undefined && { heldSpec: heldSpec.slice(0, 64) }),
    ...(heldArchive !== undefined && { heldArchive: heldArchive.slice(0, 4096) }),
    ...(heldChecksum !== undefined && /^[0-9a-f]{64}$/.test(heldChecksum) && { heldChecksum }),
    ...(heldIncomplete !== undefined && { heldIncomplete }),
  };
}

function parseCount(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const count = Number(text);
  return count <= max ? count : undefined;
}

/** Everything that a run writes on a workload and takes away again. */
export const recordKeys = [
  annotations.run,
  annotations.claim,
  annotations.replicas,
  annotations.whenScaled,
  annotations.heldSpec,
  annotations.heldArchive,
  annotations.heldChecksum,
  annotations.heldIncomplete,
] as const;

export const noRecord: Readonly<Record<string, null>> = Object.fromEntries(
  recordKeys.map((key) => [key, null]),
);

export function recordOf(
  run: RunId,
  claim: string,
  { replicas, whenScaled }: Pick<QuiesceRecord, 'replicas' | 'whenScaled'>,
): Record<string, string | null> {
  return {
    ...noRecord,
    [annotations.run]: run,
    [annotations.claim]: claim,
    [annotations.replicas]: String(replicas),
    ...(whenScaled !== undefined && { [annotations.whenScaled]: whenScaled }),
  };
}
