/** What a failed restore said and what it left, as plain values that a test can compare whole. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import type { RestoreRecord } from '../../src/record/restore-record.ts';
import type { BackupApp, FiledBackup } from './backups.ts';
import type { TestNamespace } from './namespace.ts';
import type { Operator, PluginOptions, PluginResult } from './plugin.ts';

export interface FailedRestore {
  readonly exitCode: number | null;
  readonly code: string | undefined;
  readonly step: number | undefined;
  /** With RUN, NS and TIME in the place of what differs each time. */
  readonly message: string;
  /** The commands below `next:` on stderr. */
  readonly next: readonly string[];
}

export interface RestoreParts {
  readonly operator: Operator;
  readonly app: BackupApp;
  readonly shop: TestNamespace;
}

/** The command line of a restore of `backup` that nobody is asked about. */
export function restoreArgs(
  { app }: RestoreParts,
  backup: Pick<FiledBackup, 'id'>,
  ...flags: readonly string[]
): string[] {
  return ['restore', `backup/${backup.id}`, '--catalog', app.catalog, '--yes', '-o', 'json', ...flags];
}

/**
 * What is typed next where data is half-written, by writers that stay stopped: `flags` are those of the restore that are
 * typed again, `connection` those of both commands.
 */
export function nextOfHalfWritten(id: string | number, flags = '', connection = ''): readonly string[] {
  return [
    `kubectl nkvm restore backup/${id} --catalog=CATALOG${flags}${connection}   # the claim is half-written until this has passed`,
    `kubectl nkvm cleanup RUN --resume -n NS${connection}   # runs the application on half-written data`,
  ];
}

/** After a failure of the data or the application: the backup before. */
export function nextOlder(flags = ''): readonly string[] {
  return [
    'kubectl nkvm validate backup/1 --catalog=CATALOG   # the previous successful backup, of TIME: validate it first',
    `kubectl nkvm restore backup/1 --catalog=CATALOG${flags}`,
  ];
}

export async function failedRestore(
  parts: RestoreParts,
  backup: Pick<FiledBackup, 'id'>,
  flags: readonly string[] = [],
  options: PluginOptions = {},
): Promise<FailedRestore> {
  return failureOf(parts, await parts.operator.run(restoreArgs(parts, backup, ...flags), options));
}

/** stdout must be exactly one record, also on failure. */
export function failureOf(
  { app, shop }: RestoreParts,
  { exitCode, stdout, stderr }: PluginResult,
): FailedRestore {
  const { kind, error } = recordOf(stdout, stderr);
  assert.equal(kind, 'RestoreRecord');
  const [, commands = ''] = stderr.split('\nnext:\n');
  return {
    exitCode,
    code: error?.code,
    step: error?.step,
    message: steady(shop, error?.message ?? '').replaceAll(app.folder, 'APP'),
    next: steady(shop, commands)
      .replaceAll(app.catalog, 'CATALOG')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  };
}

export function recordOf(stdout: string, stderr = ''): RestoreRecord {
  try {
    return JSON.parse(stdout) as RestoreRecord;
  } catch {
    throw new Error(`stdout is no record: ${stdout}\n${stderr}`);
  }
}

/** The only pod of a run, as `pod/NAME`. */
export async function runPod(shop: TestNamespace): Promise<string> {
  return (await shop.kubectl(['get', 'pods', '-l', 'nkvm.dev/run', '-o', 'name'])).trim();
}

/** A line for each workload, claim and run's pod: replicas, and all marks of this tool. */
export async function leftOn(shop: TestNamespace): Promise<readonly string[]> {
  const objects = await shop.list('deployments,statefulsets,persistentvolumeclaims');
  const pods = await shop.list('pods', '-l', 'nkvm.dev/run');
  return [...objects, ...pods]
    .map(({ kind, metadata, spec }) => {
      const replicas = spec?.['replicas'];
      const marks = Object.entries(metadata.annotations ?? {})
        .filter(([key]) => key.startsWith('nkvm.dev/') && kind !== 'Pod')
        // A checksum, which every archive has another of.
        .filter(([key]) => key !== 'nkvm.dev/half-written-archive')
        .map(([key, value]) => `${key.replace('nkvm.dev/', '')}=${value}`);
      const words = [
        `${kind}/${metadata.name}`,
        ...(replicas === undefined ? [] : [`at ${replicas}`]),
        ...marks.sort(),
      ];
      return steady(shop, words.join(' '));
    })
    .sort();
}

/** The same text for every run. */
export function steady(shop: TestNamespace, text: string): string {
  return text
    .replaceAll(/\b\d{14}-[a-z0-9]{5}\b/g, 'RUN')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(` on ${hostname()}, since`, ' on HOST, since')
    .replaceAll(shop.name, 'NS');
}
