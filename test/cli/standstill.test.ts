/** A command that waits for what never comes must not end as if all were well; the command is one of the test's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../support/executable.ts';
import { tempFolder } from '../support/temp-folder.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

for (const [what, ends] of [
  ['ends in order', true],
  ['ends', false],
] as const) {
  test(`a command at a standstill ${what}, says so and fails`, async (t) => {
    const runCli = `export const runCli = (words, { signal }) => new Promise((resolve) => {
      signal.addEventListener('abort', () => ${ends} && resolve(0));
    });`;
    const instead = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => name === './cli.ts'
        ? { url: ${JSON.stringify(moduleOf(runCli))}, shortCircuit: true }
        : next(name, context) });`;

    const words = ['--import', moduleOf(instead), main, 'list'];
    const { exitCode, stdout, stderr } = await runProcess(process.execPath, words, { cwd: tempFolder(t) });

    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /^error: Error: came to a standstill/);
  });
}

function moduleOf(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
