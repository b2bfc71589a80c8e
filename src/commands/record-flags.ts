import { join, resolve } from 'node:path';
import { UsageError } from 'clipanion';
import type { ProcessContext } from '../context.ts';
import { printJson } from '../output/print.ts';
import { recordMarkdown } from '../output/record-markdown.ts';
import { type RecordFile, type RenderRecord, recordFile } from '../record/record-file.ts';
import { ownStateFolder } from './state-folder.ts';

const yaml: RenderRecord = async (record) => (await import('../output/print-yaml.ts')).printYaml(record);
const renderers: Readonly<Record<string, RenderRecord>> = {
  json: printJson,
  yaml,
  yml: yaml,
  md: recordMarkdown,
};

/** `--record PATH`, whose ending chooses the format. Throws a UsageError for another ending. */
export function checkRecordPath(path: string | undefined): void {
  if (path !== undefined && renderers[endingOf(path)] === undefined) {
    throw new UsageError(`--record "${path}" ends in none of: .json, .yaml, .md`);
  }
}

export function recordFileFor(host: ProcessContext, path: string | undefined, name: string): RecordFile {
  const file =
    path === undefined ? join(ownStateFolder(host), 'records', `${name}.json`) : resolve(host.cwd, path);
  return recordFile(file, renderers[endingOf(file)] ?? printJson);
}

function endingOf(path: string): string {
  return /\.([a-z]+)$/.exec(path)?.[1] ?? '';
}
