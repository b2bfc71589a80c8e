/** What step 4 sends of archives that GNU tar reads and busybox tar does not, or not alike. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ValidatedArchive } from '../../../../src/runbook/step1-validate-archive.ts';
import { wireOf } from '../../../../src/runbook/transfer/wire-of.ts';
import { bytesOf, landedArchive, membersIn } from '../../../support/landed-archive.ts';
import { sourceOf } from '../../../support/tar-builder.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

for (const { what, flags, format } of [
  { what: 'plain', flags: ['--format=gnu'], format: 'gzip' },
  { what: 'older than ustar', flags: ['--format=v7'], format: 'tar' },
  { what: 'with a volume label', flags: ['-V', 'backup'], format: 'tar' },
  { what: 'with a volume label in pax', flags: ['--format=posix', '-V', 'backup'], format: 'gzip' },
  { what: 'incremental', flags: ['--listed-incremental=none.snar'], format: 'tar' },
] as const) {
  test(`an archive of GNU tar that is ${what} is sent as ${format}, and busybox tar extracts it`, async (t) => {
    const source = sourceOf(gzipSync(packed(t, flags)));
    const { inspection, manifest } = await landedArchive(t, source);
    const parts = { source, inspection, manifest, landed: inspection.landed };
    const wire = wireOf(parts as unknown as ValidatedArchive);
    const sent = await bytesOf(wire);

    assert.deepEqual([inspection.verdict.result, wire.format], ['complete', format]);
    assert.deepEqual(membersIn(manifest), ['. directory 0', 'd directory 0', 'd/file file 7']);
    const folder = tempFolder(t);
    execFileSync('busybox', ['tar', wire.format === 'gzip' ? '-xzf' : '-xf', '-', '-C', folder], {
      input: sent,
    });
    assert.equal(readFileSync(join(folder, 'd', 'file'), 'utf8'), 'content');
  });
}

function packed(t: TestContext, flags: readonly string[]): Buffer {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd', 'file'), 'content');
  return execFileSync('tar', ['-cf', '-', ...flags, '-C', folder, '.'], { cwd: tempFolder(t) });
}
