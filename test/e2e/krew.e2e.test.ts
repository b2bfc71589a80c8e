/** The release's archive, installed as krew installs it, and run by the real kubectl. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { load } from 'js-yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { fillManifest } from '../../scripts/build/krew-manifest.ts';
import { archiveFile, hostTarget } from '../../scripts/build/targets.ts';
import { archiveOf } from '../../scripts/release.ts';
import { checkout } from '../support/cluster.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { runProcess } from '../support/executable.ts';
import { program } from '../support/plugin.ts';

interface Platform {
  readonly selector: { readonly matchLabels: { readonly os: string; readonly arch: string } };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
  readonly files: readonly { readonly from: string; readonly to: string }[];
}

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly version: string; readonly platforms: readonly Platform[] };
}

/** What krew does with a manifest and a downloaded archive; gives the folder that it has users put on PATH. */
function installAsKrew(root: string, { metadata, spec }: Manifest, archive: string): string {
  const { os, arch } = hostTarget();
  const platform = spec.platforms.find(
    ({ selector: { matchLabels } }) => matchLabels.os === os && matchLabels.arch === arch,
  );
  if (platform === undefined) throw new Error(`the manifest has nothing for ${os} on ${arch}`);
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  assert.equal(sha256, platform.sha256);
  const unpacked = join(root, 'unpacked');
  const store = join(root, 'store', metadata.name, spec.version);
  const bin = join(root, 'bin');
  for (const folder of [unpacked, store, bin]) mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', unpacked]);
  for (const { from, to } of platform.files) cpSync(join(unpacked, from), join(store, to, from));
  symlinkSync(join(store, platform.bin), join(bin, `kubectl-${metadata.name.replaceAll('-', '_')}`));
  return bin;
}

clusterTest('a release is installed as krew does it, and kubectl finds it', async ({ shop, operator }) => {
  const target = hostTarget();
  const archive = join(operator.home, archiveFile(target));
  writeFileSync(archive, archiveOf(target, readFileSync(program), 1));
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const template = readFileSync(join(checkout, 'krew-manifest.yaml'), 'utf8');
  const manifest = fillManifest(template, {
    version: packageJson.version,
    repository: 'https://example.test/nkvm',
    archives: new Map([[archiveFile(target), sha256]]),
  });

  const bin = installAsKrew(join(operator.home, '.krew'), load(manifest) as Manifest, archive);

  const store = join(operator.home, '.krew', 'store', 'nkvm', `v${packageJson.version}`);
  assert.deepEqual(
    readdirSync(store).map((name) => [name, lstatSync(join(store, name)).mode & 0o777]),
    [
      ['LICENSE', 0o644],
      ['kubectl-nkvm', 0o755],
    ],
  );
  const env = { ...operator.environment(), PATH: `${bin}${delimiter}${operator.environment()['PATH']}` };
  const options = { cwd: operator.home, env };
  assert.deepEqual(await runProcess('kubectl', ['nkvm', 'version'], options), {
    exitCode: 0,
    stdout: `kubectl-nkvm ${packageJson.version}\n`,
    stderr: '',
  });
  assert.deepEqual(await runProcess('kubectl', ['nkvm', 'cleanup', '-n', shop.name, '-q'], options), {
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});
