// Makes the files of a release: see scripts/release.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { tarGz, zip } from './build/archive.ts';
import { billOfMaterials } from './build/bill-of-materials.ts';
import { fillManifest, isFilled } from './build/krew-manifest.ts';
import { archiveFile, hostTarget, isHost, programFile, type Target, targets } from './build/targets.ts';
import { buildExecutable } from './build.ts';

const root = dirname(import.meta.dirname);

/** The archive of a target's program, with the license that krew wants to find in it. `level`: 1, fast, to 9, small. */
export function archiveOf(target: Target, program: Buffer, level = 9): Buffer {
  const files = [
    { name: programFile(target), content: program, isProgram: true },
    { name: 'LICENSE', content: readFileSync(join(root, 'LICENSE')), isProgram: false },
  ];
  return target.os === 'windows' ? zip(files, level) : tarGz(files, level);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      target: { type: 'string', multiple: true },
      collect: { type: 'boolean', default: false },
      out: { type: 'string', default: join(root, 'dist', 'release') },
      repository: { type: 'string' },
    },
  });
  const version = checkedVersion(positionals);
  const folder = resolve(values.out);
  mkdirSync(folder, { recursive: true });
  const isWhole = !values.collect && values.target === undefined;
  // Of an earlier version: it has the same name.
  if (isWhole) for (const file of targets.map(archiveFile)) rmSync(join(folder, file), { force: true });
  if (!values.collect) for (const target of chosen(values.target)) await makeArchive(target, folder);
  if (values.target === undefined) await collect(folder, version, values.repository);
}

/** The program says its version from package.json: a release of another name would contradict it. */
function checkedVersion(positionals: readonly string[]): string {
  const [word = '', ...others] = positionals;
  const version = word.replace(/^v/, '');
  if (others.length > 0 || !/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/i.test(version)) {
    throw new Error(
      'usage: scripts/release VERSION [--target NAME...] [--collect] [--out DIR] [--repository URL]',
    );
  }
  if (version !== packageJson.version) {
    throw new Error(`package.json has version ${packageJson.version}, not ${version}: change it there first`);
  }
  return version;
}

function chosen(names: readonly string[] | undefined): readonly Target[] {
  if (names === undefined)
    return targets.filter((target) => isHost(target) || target.nodePackage !== undefined);
  return names.map((name) => {
    const target = name === 'host' ? hostTarget() : targets.find((known) => known.name === name);
    if (target === undefined) {
      throw new Error(`--target ${name} is none of: host, ${targets.map((known) => known.name).join(', ')}`);
    }
    return target;
  });
}

async function makeArchive(target: Target, folder: string): Promise<void> {
  const workFolder = join(folder, `.build-${target.name}`);
  const program = join(folder, `${target.name}-${programFile(target)}`);
  try {
    await buildExecutable({ target, outputFile: program, workFolder });
    writeFileSync(join(folder, archiveFile(target)), archiveOf(target, readFileSync(program)));
    console.log(
      `${archiveFile(target)}: ${megabytes(join(folder, archiveFile(target)))}, program ${megabytes(program)}`,
    );
  } finally {
    rmSync(program, { force: true });
  }
}

/** What speaks of the archives: made from those that are there, wherever they were built. */
async function collect(folder: string, version: string, repository: string | undefined): Promise<void> {
  const archives = new Map<string, string>();
  for (const file of targets.map(archiveFile)) {
    const path = join(folder, file);
    if (existsSync(path)) archives.set(file, createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  const bill = join(folder, 'kubectl-nkvm.spdx.json');
  writeFileSync(bill, await billOfMaterials(join(root, 'src', 'main.ts'), new Date()));
  const sums = [...archives].map(([file, sha256]) => `${sha256}  ${file}\n`).join('');
  writeFileSync(join(folder, 'SHA256SUMS'), sums);
  const template = readFileSync(join(root, 'krew-manifest.yaml'), 'utf8');
  const manifest = fillManifest(template, { version, repository, archives });
  writeFileSync(join(folder, 'nkvm.yaml'), manifest);
  for (const target of targets) {
    if (!archives.has(archiveFile(target))) console.log(`${archiveFile(target)}: not here`);
  }
  if (!isFilled(manifest)) console.log('nkvm.yaml is not complete: krew refuses it until it is');
}

function megabytes(file: string): string {
  return `${(statSync(file).size / 1e6).toFixed(1)} MB`;
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
