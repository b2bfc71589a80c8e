// Measures the plugin against what the runbook's commands take, side by side on one machine: `npm run bench`.
//
//   --runs N          rounds of each comparison (default 5)
//   --only NAMES      some of validate,memory,step4,restore,startup,app
//   --archive PATH    another archive than the generated one; the bars are for that one, `--archive` with a small one
//                     shows that everything runs
//
// Needs dist/kubectl-nkvm and GNU time; starts this checkout's cluster unless it is up. Seconds depend on the machine,
// so only ratios have bars. Exit status 1 if a bar is missed.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bigArchive, makeAppHistory, makeHistory, millionArchive } from './bench/archive.ts';
import { BenchCluster, image } from './bench/bench-cluster.ts';
import { type Contender, interleaved, timed } from './bench/measure.ts';
import { compareMemory, compareValidate } from './bench/reading.ts';
import { type Bar, printComparison } from './bench/report.ts';
import { compareStartup } from './bench/startup.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string', default: 'validate,memory,step4,restore,startup,app' },
    archive: { type: 'string' },
  },
});
const wanted = flags.only.split(',');
const rounds = Number(flags.runs);
const startupRounds = 20;
const program = join(import.meta.dirname, '..', 'dist', 'kubectl-nkvm');
const cacheHome = process.env['NKVM_CACHE'] || process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
const cacheFolder = join(cacheHome, 'nkvm-bench');

async function main(): Promise<boolean> {
  const unknown = wanted.filter((name) => !Object.hasOwn(comparisons, name));
  if (unknown.length > 0 || !(Number.isInteger(rounds) && rounds > 0)) {
    const known = Object.keys(comparisons).join(', ');
    throw new Error(`--only ${flags.only} --runs ${flags.runs}: names of ${known}, and a number of rounds`);
  }
  const archive = flags.archive ?? (await bigArchive(cacheFolder));
  const size = statSync(archive).size;
  const sha256 = execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64);
  console.log(`archive: ${(size / 1e6).toFixed(0)} MB; ${rounds} rounds, ${startupRounds} of start-up`);
  const bench = new BenchCluster();
  try {
    const namespace = bench.namespace;
    const claimUid = bench.claim('claim-ours');
    const history = makeHistory(bench.file('backups.db'), 10_000, {
      archive,
      sha256,
      namespace,
      claim: 'claim-ours',
      claimUid,
    });
    const parts: Parts = { bench, archive, history };
    const outcomes: boolean[] = [];
    for (const [name, comparison] of Object.entries(comparisons)) {
      if (wanted.includes(name)) outcomes.push(await comparison(parts));
    }
    return outcomes.every(Boolean);
  } finally {
    bench.remove();
  }
}

interface Parts {
  readonly bench: BenchCluster;
  readonly archive: string;
  readonly history: string;
}

const memoryBar: Bar = { most: 200, unit: 'MB' };
const comparisons = {
  validate: ({ bench: { env, namespace }, archive, history }: Parts) =>
    compareValidate({ rounds, program, env, namespace, archive, history }),
  memory: async ({ bench: { env } }: Parts) =>
    compareMemory({ rounds, program, env, million: await millionArchive(cacheFolder) }),
  step4: compareStep4,
  restore: compareRestore,
  startup: ({ bench, history }: Parts) =>
    compareStartup({
      rounds: startupRounds,
      program,
      env: bench.env,
      namespace: bench.namespace,
      history,
      memoryBar,
      kubeconfig: bench.file('kubeconfig'),
    }),
  app: compareApp,
};

/** From one heading to the next: the look at the volume, the stream, the sync and the second pass for times. */
async function compareStep4({ bench, archive, history }: Parts): Promise<boolean> {
  const { env, namespace } = bench;
  bench.claim('claim-runbook');
  const pod = bench.runbookPod('claim-runbook');
  const ours = [program, 'restore', 'claim-ours', '-n', namespace, '--catalog', history, '--yes'];
  const sync = '{ sync -f /restore 2>/dev/null || sync; }';
  const piped = `cat "$1" | kubectl -n "$2" exec -i "$3" -- sh -c 'tar -xzf - -C /restore && ${sync}'`;
  const copied = `kubectl -n "$2" cp "$1" "$3":/tmp/restore.tar.gz &&
    kubectl -n "$2" exec "$3" -- sh -c 'tar -xzf /tmp/restore.tar.gz -C /restore && ${sync}'`;
  const runbook = (name: string, script: string): Contender => ({
    name,
    before: () => {
      bench.empty('claim-runbook');
      bench.kubectl('exec', pod, '--', 'rm', '-f', '/tmp/restore.tar.gz');
    },
    run: () => timed({ argv: ['sh', '-c', script, 'sh', archive, namespace, pod], env }),
  });
  const results = await interleaved(rounds, [
    {
      name: 'restore, its step 4',
      before: () => bench.empty('claim-ours'),
      run: () => timed({ argv: ours, env, between: ['Step 4:', 'Step 5.1:'] }),
    },
    runbook('cat | kubectl exec -i tar', piped),
    runbook('kubectl cp + extract', copied),
  ]);
  const ratioBars = { 'cat | kubectl exec -i tar': 1.05, 'kubectl cp + extract': 1 };
  return printComparison(results, { ratioBars, memoryBar });
}

/** The whole run with a workload, its validation and its full comparison, against the runbook by hand, which compares nothing. */
async function compareRestore({ bench, archive, history }: Parts): Promise<boolean> {
  const { env, namespace } = bench;
  bench.claim('claim-by-hand');
  for (const claim of ['claim-ours', 'claim-by-hand']) bench.deployment(claim, claim);
  const sha256 = execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64);
  const script = join(import.meta.dirname, 'bench', 'runbook.sh');
  const byHand = [script, namespace, 'claim-by-hand', 'claim-by-hand', archive, sha256, image];
  const ours = [program, 'restore', 'claim-ours', '-n', namespace, '--catalog', history, '--yes'];
  const results = await interleaved(rounds, [
    {
      name: 'restore',
      before: () => bench.empty('claim-ours'),
      run: () => timed({ argv: ours, env }),
    },
    {
      name: 'the runbook by hand',
      before: () => bench.empty('claim-by-hand'),
      run: () => timed({ argv: byHand, env }),
    },
  ]);
  return printComparison(results, { ratioBars: { 'the runbook by hand': 1 }, memoryBar });
}

/** The history read out of an app, against the same on this machine and the least that a look into a pod takes. */
async function compareApp({ bench }: Parts): Promise<boolean> {
  const { env, namespace } = bench;
  const pod = bench.app('claim-app', (folder) => makeAppHistory(folder, 10_000));
  const local = join(bench.file('claim-app'), 'data', 'backups.db');
  const list = (catalog: string) => [program, 'list', '-A', '--catalog', catalog];
  const script = '"$@" && kubectl -n "$NAMESPACE" exec "$POD" -- true';
  const onThisMachine = {
    argv: ['sh', '-c', script, 'sh', ...list(local)],
    env: { ...env, NAMESPACE: namespace, POD: pod },
  };
  const results = await interleaved(startupRounds, [
    {
      name: 'list, of an app with 10,000 backups',
      run: () => timed({ argv: list(`app:${namespace}/claim-app`), env }),
    },
    { name: 'list of the same file + kubectl exec true', run: () => timed(onThisMachine) },
  ]);
  const ratioBars = { 'list of the same file + kubectl exec true': 1.5 };
  return printComparison(results, { ratioBars, memoryBar });
}

process.exitCode = (await main()) ? 0 : 1;
