/**
 * Which cluster the end-to-end tests use: the one that `NKVM_TEST_KUBECONFIG` (and `NKVM_TEST_CONTEXT` in it) names,
 * else this checkout's own if it is up. Never `~/.kube`, never an inherited `KUBECONFIG`.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

export const checkout = join(import.meta.dirname, '..', '..');

/** Folders that all tests of this process share; gone when it ends. */
export const scratch = mkdtempSync(join(tmpdir(), 'nkvm-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

export interface TestCluster {
  /** Its current context is the one under test. */
  readonly kubeconfig: string;
  /** With the folder of its kubectl. */
  readonly path: string;
}

/** The cluster, or why there is none. */
export const testCluster: TestCluster | string = findCluster();

/** For node:test's `skip`. With `CI` set the tests run, and fail with the reason. */
export const skipWithoutCluster: string | false =
  typeof testCluster === 'string' && !process.env['CI'] ? testCluster : false;

export function cluster(): TestCluster {
  if (typeof testCluster === 'string') throw new Error(testCluster);
  return testCluster;
}

export interface KubectlOptions {
  readonly input?: string;
  /** Another user's, for instance. */
  readonly kubeconfig?: string;
}

/** What kubectl prints; rejects with its stderr. */
export function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const { kubeconfig, path } = cluster();
  const env = { PATH: path, HOME: scratch, KUBECONFIG: options.kubeconfig ?? kubeconfig };
  return new Promise((resolve, reject) => {
    const child = execFile('kubectl', args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on('error', () => {}).end(options.input ?? '');
  });
}

/** 34 of Kubernetes 1.34. */
export async function serverMinor(): Promise<number> {
  const { serverVersion } = JSON.parse(await kubectl(['version', '-o', 'json']));
  return Number.parseInt(serverVersion.minor, 10);
}

function findCluster(): TestCluster | string {
  const { NKVM_TEST_KUBECONFIG: file, NKVM_TEST_CONTEXT: context, PATH = '' } = process.env;
  if (context && !file) return 'NKVM_TEST_CONTEXT is set without NKVM_TEST_KUBECONFIG';
  if (file) return { kubeconfig: context ? onlyContext(file, context) : file, path: PATH };
  const status = spawnSync(join(checkout, 'scripts', 'cluster'), ['status'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = status.stdout?.toString() ?? '';
  const kubeconfig = /^kubeconfig +(.+)$/m.exec(said)?.[1];
  const program = /^kubectl +(.+)$/m.exec(said)?.[1];
  if (kubeconfig === undefined || program === undefined) {
    return `no cluster: NKVM_TEST_KUBECONFIG is not set, and scripts/cluster is ${said.trim() || 'not usable here'}`;
  }
  return { kubeconfig, path: `${dirname(program)}${delimiter}${PATH}` };
}

function onlyContext(file: string, context: string): string {
  const args = [
    'config',
    'view',
    '--raw',
    '--flatten',
    '--minify',
    `--kubeconfig=${file}`,
    `--context=${context}`,
  ];
  const copy = join(scratch, 'kubeconfig');
  writeFileSync(copy, execFileSync('kubectl', args), { mode: 0o600 });
  return copy;
}
