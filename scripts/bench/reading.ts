/** How fast an archive is read in step 1, against the runbook's commands and what Node itself takes, and in how much memory. */
import { join } from 'node:path';
import { interleaved, timed } from './measure.ts';
import { type Bar, printComparison } from './report.ts';

interface Program {
  readonly rounds: number;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ValidateRequest extends Program {
  readonly namespace: string;
  readonly archive: string;
  /** Whose newest backup of `claim-ours` is `archive`. */
  readonly history: string;
}

export interface MemoryRequest extends Program {
  /** An archive of a million members. */
  readonly million: string;
}

/** For steps 1.2 to 1.4, whatever the archive. */
const memoryBar: Bar = { most: 150, unit: 'MB' };
const nodeSha256 = `import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
const hash = createHash('sha256');
for await (const chunk of createReadStream(process.argv[1], { highWaterMark: 262144 })) hash.update(chunk);`;
const nodeGunzip = `import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
const file = createReadStream(process.argv[1], { highWaterMark: 262144 });
for await (const chunk of file.pipe(createGunzip({ chunkSize: 524288 })));`;

/** Steps 1.2 to 1.4; says whether all bars are met. */
export async function compareValidate(request: ValidateRequest): Promise<boolean> {
  const { rounds, program, env, namespace, archive, history } = request;
  const ours = [program, 'validate', 'claim-ours', '-n', namespace, '--catalog', history];
  const node = (script: string) => ({
    argv: [process.execPath, '--input-type=module', '-e', script, archive],
    env,
  });
  const results = await interleaved(rounds, [
    { name: 'validate', run: () => timed({ argv: ours, env }) },
    { name: 'sha256sum + tar -tzf', run: () => timed({ argv: runbook(archive), env }) },
    { name: "Node's gunzip alone", run: () => timed(node(nodeGunzip)) },
    { name: "Node's sha256 alone", run: () => timed(node(nodeSha256)) },
  ]);
  const ratioBars = { 'sha256sum + tar -tzf': 0.25, "Node's gunzip alone": 1.2 };
  return printComparison(results, { ratioBars, memoryBar });
}

/** What reading takes at a million members, and at 8 GB from a stream that is made up on the way. */
export async function compareMemory({ rounds, program, env, million }: MemoryRequest): Promise<boolean> {
  const ours = [program, 'validate', '--archive', million, '--no-checksum', '-q'];
  const stream = join(import.meta.dirname, 'inspect-stream.ts');
  const large = [process.execPath, '--max-semi-space-size=4', stream, '8e9'];
  const members = await interleaved(rounds, [
    { name: 'validate, a million members', run: () => timed({ argv: ours, env }) },
    { name: 'sha256sum + tar -tzf', run: () => timed({ argv: runbook(million), env }) },
  ]);
  const bytes = await interleaved(1, [
    { name: 'inspectArchive, a stream of 8 GB', run: () => timed({ argv: large, env }) },
  ]);
  const bars = { ratioBars: {}, memoryBar };
  return [members, bytes].map((results) => printComparison(results, bars)).every(Boolean);
}

/** The runbook's commands; `tar -tzf` is read to its end, as only that proves anything. */
function runbook(archive: string): readonly string[] {
  return ['sh', '-c', 'sha256sum "$1" && tar -tzf "$1" >/dev/null', 'sh', archive];
}
