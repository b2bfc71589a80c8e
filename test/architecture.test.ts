/** The layers, and what is not done anywhere. The linter bans the rest: `any`, `!`, default exports. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { importsOf, root } from './support/source-imports.ts';

const files = globSync('src/**/*.ts', { cwd: root }).sort();
const runTime = await importsOf(files, 'run-time');
const all = await importsOf(files, 'all');

/** The folder, or the file's own name directly in `src/`. */
const layerOf = (path: string) => path.split('/')[0] ?? '';

/** What a layer may import, beside itself; nothing imports upward. */
const below: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  archive: ['domain'],
  sources: ['domain', 'archive'],
  catalog: ['domain'],
  cluster: ['domain'],
  record: ['domain'],
  output: ['domain', 'record'],
  runbook: ['domain', 'archive', 'sources', 'catalog', 'cluster', 'record'],
  commands: ['domain', 'archive', 'catalog', 'cluster', 'record', 'output', 'runbook'],
  'context.ts': [],
  'cli.ts': ['commands'],
  'main.ts': ['cli.ts', 'catalog', 'output', 'runbook'],
};

/** Upward for its types alone: output shows what the runbook made, and everybody may know what is passed in. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  output: ['archive', 'cluster', 'runbook', 'context.ts'],
  runbook: ['output', 'context.ts'],
  commands: ['context.ts'],
  'cli.ts': ['context.ts'],
  'main.ts': ['context.ts'],
};

type Allowed = Readonly<Record<string, readonly string[]>>;

function outsideOf(allowed: Allowed, imports: typeof all): readonly string[] {
  return imports.flatMap(({ file, targets }) => {
    const layer = layerOf(file);
    const may = [layer, ...(allowed[layer] ?? [])];
    const own = targets.filter((target) => target.endsWith('.ts'));
    return own
      .filter((target) => !may.includes(layerOf(target)))
      .map((target) => `${file} imports ${target}`);
  });
}

test('every folder of src is a layer', () => {
  const layers = new Set(files.map((file) => layerOf(file.slice('src/'.length))));
  assert.deepEqual([...layers].sort(), Object.keys(below).sort());
});

test('nothing imports upward at run time', () => {
  assert.deepEqual(outsideOf(below, runTime), []);
});

test('nothing imports upward even for types, but for what is shown and what is passed in', () => {
  const allowed = Object.entries(below).map(
    ([layer, targets]) => [layer, [...targets, ...(typesOnly[layer] ?? [])]] as const,
  );
  assert.deepEqual(outsideOf(Object.fromEntries(allowed), all), []);
});

for (const { name, places } of [
  { name: '@kubernetes/client-node', places: ['cluster'] },
  { name: 'ws', places: ['cluster'] },
  { name: 'better-sqlite3', places: ['catalog'] },
  { name: 'tar-stream', places: ['archive'] },
  { name: 'js-yaml', places: ['cluster', 'output'] },
  { name: 'clipanion', places: ['cli.ts', 'commands'] },
]) {
  test(`${name} is imported in ${places.join(' and ')} only`, () => {
    const importing = all.filter(({ targets }) => targets.includes(name)).map(({ file }) => layerOf(file));
    assert.deepEqual([...new Set(importing)].sort(), places);
  });
}

test('no other package is imported', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packages = all
    .flatMap(({ targets }) => targets)
    .filter((target) => !/^node:|\.(ts|json)$/.test(target));
  assert.deepEqual([...new Set(packages)].sort(), Object.keys(dependencies).sort());
});

test('a step imports another step’s types, never its functions', () => {
  const isStep = (path: string) => /^runbook\/step\d/.test(path);
  const found = runTime
    .filter(({ file }) => isStep(file))
    .flatMap(({ file, targets }) => targets.filter(isStep).map((target) => `${file} imports ${target}`));
  assert.deepEqual(found, []);
});

test('only main.ts names `process`', () => {
  const naming = runTime.filter(
    ({ namesProcess, targets }) => namesProcess || targets.includes('node:process'),
  );
  assert.deepEqual(
    naming.map(({ file }) => file),
    ['main.ts'],
  );
});

test('nothing is a default export', () => {
  const found = runTime.filter(({ exports }) => exports.includes('default')).map(({ file }) => file);
  assert.deepEqual(found, []);
});

test('the linter bans `any`, `!` and default exports, and nobody switches it or the compiler off', () => {
  const { rules } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')).linter;
  const banned = [
    rules.suspicious.noExplicitAny,
    rules.style.noNonNullAssertion,
    rules.style.noDefaultExport,
  ];
  const everywhere = globSync('{src,test,scripts}/**/*.ts', { cwd: root });
  const silenced = everywhere.filter((file) =>
    /(biome-ignore|@ts-(ignore|expect-error|nocheck))[ :\n]/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual({ banned, silenced }, { banned: ['error', 'error', 'error'], silenced: [] });
});

test('a file of more than 200 lines gives its reason in its header', () => {
  const long = files.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const header = /^\/\*\*.*?\*\//s.exec(text)?.[0] ?? '';
    return text.split('\n').length - 1 > 200 && !/\blines\b|\bone file\b/.test(header);
  });
  assert.deepEqual(long, []);
});

test('files are named in kebab-case, and none is a drawer for everything', () => {
  const odd = files.filter((file) => {
    const name = file.replace(/^.*\//, '');
    return (
      !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name) ||
      /^(.*-)?(utils?|helpers?|common|manager)\.ts$|^index\.ts$/.test(name)
    );
  });
  assert.deepEqual(odd, []);
});
