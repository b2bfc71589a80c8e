import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureMatrix } from '../../src/runbook/failure-matrix.ts';

test('every code of the failure matrix is produced on the real cluster by a test that names it', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.e2e.test.ts'));
  const named = new Set(
    files.flatMap((name) => codesInTitles(readFileSync(join(import.meta.dirname, name), 'utf8'))),
  );
  assert.deepEqual([...named].sort(), Object.keys(failureMatrix).sort());
});

/** A title begins with its code: `clusterTest('[no-room] …'`, or `title: '[no-room] …'` in a table of cases. */
function codesInTitles(source: string): string[] {
  return [...source.matchAll(/(?:clusterTest\(|title:)\s*['"`]\[([a-z-]+)\]/g)].map(([, code = '']) => code);
}
