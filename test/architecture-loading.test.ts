/** Nothing is loaded that a command does not use: each command pays at its start for its own packages alone. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../package.json' with { type: 'json' };
import { bundleChunks } from '../scripts/build/bundle.ts';
import { runProcess } from './support/executable.ts';
import { addonFile } from './support/native-addon.ts';
import { genuineFolder } from './support/run-cli.ts';
import { root } from './support/source-imports.ts';
import { tempFolder } from './support/temp-folder.ts';

const direct = Object.keys(packageJson.dependencies);
const packageOf = (file: string) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? '';

/** Its server refuses every connection. */
const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:65535' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  users: [{ name: 'none', user: {} }],
};

for (const { line, packages } of [
  { line: '--version', packages: [] },
  { line: 'version', packages: ['clipanion'] },
  { line: 'list -A', packages: ['better-sqlite3', 'cli-table3', 'clipanion'] },
  { line: 'list -A -o yaml', packages: ['better-sqlite3', 'cli-table3', 'clipanion', 'js-yaml'] },
  { line: 'list -A --catalog backups', packages: ['cli-table3', 'clipanion'] },
  { line: 'validate backup/5', packages: ['better-sqlite3', 'cli-table3', 'clipanion', 'tar-stream'] },
]) {
  test(`${line} loads ${packages.join(', ') || 'no package'}`, async (t) => {
    const { exitCode, loaded } = await loadedBy(t, line);
    assert.deepEqual({ exitCode, packages: loaded.packages }, { exitCode: 0, packages });
  });
}

test('a command that asks the API server loads neither the catalogue, nor what reads archives, nor another HTTP client', async (t) => {
  const { exitCode, loaded } = await loadedBy(t, 'cleanup -n shop');
  // The Kubernetes client brings tar-stream along.
  const unused = loaded.packages.filter((name) => name === 'better-sqlite3');
  const otherClients = loaded.files.filter((file) => /^node_modules\/(undici|openid-client)\//.test(file));
  const files = loaded.files.filter((file) =>
    /^src\/(catalog\/(history|directory)|archive\/(tar|inspect|inflate))/.test(file),
  );
  assert.deepEqual(
    { exitCode, unused, otherClients, files },
    { exitCode: 1, unused: [], otherClients: [], files: [] },
  );
});

async function loadedBy(t: Parameters<typeof tempFolder>[0], line: string) {
  const folder = tempFolder(t);
  const chunks = join(folder, 'chunks');
  mkdirSync(chunks);
  const contents = await bundleChunks(join(root, 'src', 'main.ts'), chunks);
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  symlinkSync(addonFile, join(chunks, 'better_sqlite3-0123.node'));
  const cwd = genuineFolder(t);
  const env = {
    CHUNKS: chunks,
    LOADED: join(folder, 'loaded'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    HOME: folder,
  };
  const words = [join(root, 'test', 'support', 'run-chunks.ts'), ...line.split(' ')];
  const { exitCode } = await runProcess(process.execPath, words, { cwd, env });
  const names: readonly string[] = JSON.parse(readFileSync(join(folder, 'loaded'), 'utf8'));
  const files = names.flatMap((name) => contents.get(name) ?? []);
  const packages = direct.filter((name) => files.some((file) => packageOf(file) === name)).sort();
  return { exitCode, loaded: { files, packages } };
}
