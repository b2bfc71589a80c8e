import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import packageJson from '../../../package.json' with { type: 'json' };
import { fillManifest, isFilled } from '../../../scripts/build/krew-manifest.ts';
import { archiveFile, programFile, targets } from '../../../scripts/build/targets.ts';

const template = readFileSync(join(import.meta.dirname, '..', '..', '..', 'krew-manifest.yaml'), 'utf8');
const repository = 'https://example.test/someone/nkvm';
const hashOf = (file: string) => Buffer.from(file).toString('hex').padEnd(64, '0').slice(0, 64);
const archives = new Map(targets.map(archiveFile).map((file) => [file, hashOf(file)]));

/** What krew asks of a manifest, and of a name and a description in its index. */
test('a filled manifest has what krew asks for, with an entry for every platform', () => {
  const manifest = fillManifest(template, { version: '1.2.3', repository, archives });

  const { description, caveats, shortDescription, ...spec } = (
    load(manifest) as { spec: Record<string, unknown> }
  ).spec;
  assert.deepEqual(
    { ...(load(manifest) as object), spec },
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: 'nkvm' },
      spec: {
        version: 'v1.2.3',
        homepage: repository,
        platforms: targets.map((target) => ({
          selector: { matchLabels: { os: target.os, arch: target.arch } },
          uri: `${repository}/releases/download/v1.2.3/${archiveFile(target)}`,
          sha256: hashOf(archiveFile(target)),
          bin: programFile(target),
          files: [
            { from: programFile(target), to: '.' },
            { from: 'LICENSE', to: '.' },
          ],
        })),
      },
    },
  );
  const words = [description, caveats, shortDescription].map(String);
  assert.equal(isFilled(manifest), true);
  assert.equal(
    words.every((text) => text.length > 10),
    true,
  );
  assert.equal(String(shortDescription).length <= 50, true);
});

test('what was not built stays visibly unfilled, and so does an address that nobody knows', () => {
  const only = new Map([...archives].slice(0, 1));

  const manifest = fillManifest(template, { version: '1.2.3', repository: undefined, archives: only });

  const { homepage, platforms } = (
    load(manifest) as { spec: { homepage: string; platforms: { uri: string; sha256: string }[] } }
  ).spec;
  assert.deepEqual(
    { homepage, platforms: platforms.map(({ uri, sha256 }) => [uri, sha256]), filled: isFilled(manifest) },
    {
      homepage: 'TO-BE-FILLED-IN',
      platforms: targets
        .map(archiveFile)
        .map((file, index) => [`TO-BE-FILLED-IN/${file}`, index === 0 ? hashOf(file) : 'TO-BE-FILLED-IN']),
      filled: false,
    },
  );
});

test('the template names the version that package.json has, and no hash', () => {
  assert.equal(template.includes(`version: v${packageJson.version}\n`), true);
  assert.equal(/[0-9a-f]{64}/.test(template), false);
});

test('an archive that the template does not know is an error', () => {
  const odd = new Map([['kubectl-nkvm-plan9-amd64.tar.gz', hashOf('odd')]]);
  assert.throws(() => fillManifest(template, { version: '1.2.3', repository, archives: odd }), {
    message: 'krew-manifest.yaml has no place for kubectl-nkvm-plan9-amd64.tar.gz',
  });
});
