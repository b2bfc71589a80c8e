import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { VolumeEntry } from '../../../../src/domain/volume-listing.ts';
import { VolumeSurvey } from '../../../../src/runbook/volume/survey-volume.ts';
import { landedArchive } from '../../../support/landed-archive.ts';
import { archiveOf } from '../../../support/tar-builder.ts';

const archive = archiveOf(
  { name: './d/', typeFlag: '5', mode: 0o755 },
  { name: './d/file', content: 'x' },
  { name: './hard', typeFlag: '1', linkTarget: './d/file' },
  { name: './link', typeFlag: '2', linkTarget: 'd' },
  { name: './implied/file', content: 'x' },
);

const entry = (path: string, type: VolumeEntry['type'] = 'file', mtimeSeconds = 0): VolumeEntry => ({
  path,
  type,
  sizeBytes: 0,
  mode: 0,
  uid: 0,
  gid: 0,
  mtimeSeconds,
  allocatedBytes: 4096,
});

async function surveyOf(t: TestContext, showFiles: number, entries: readonly VolumeEntry[]) {
  const { manifest } = await landedArchive(t, archive);
  const survey = new VolumeSurvey({ manifest, isWiped: false, showFiles });
  for (const one of entries) survey.add(one);
  const merge = survey.merge();
  return { merge, manifest, conflicts: survey.conflicts, freedBytes: survey.freedBytes };
}

test('an empty volume gets all that the archive has', async (t) => {
  const { merge, conflicts } = await surveyOf(t, 0, [entry('.', 'directory')]);
  assert.deepEqual(
    [merge, conflicts],
    [{ created: 5, overwritten: 0, overwrittenNewer: 0, extraFiles: 0 }, []],
  );
});

test('counts files and links, and no folder, as overwritten or extra', async (t) => {
  const { merge, freedBytes } = await surveyOf(t, 0, [
    entry('.', 'directory'),
    entry('d', 'directory', 2e9),
    entry('d/file', 'file', 2e9),
    entry('d/other', 'file'),
    entry('hard', 'file'),
    entry('implied', 'directory'),
    entry('link', 'symlink', 2e9),
    entry('extra', 'directory'),
    entry('extra/pipe', 'fifo'),
    entry('lost+found', 'directory'),
    entry('lost+found/#1', 'file'),
  ]);
  assert.deepEqual(merge, { created: 1, overwritten: 3, overwrittenNewer: 2, extraFiles: 2 });
  assert.equal(freedBytes, 6 * 4096);
});

test('names the first paths of each kind, and leaves the manifest as it was', async (t) => {
  const { merge, manifest } = await surveyOf(t, 2, [
    entry('.', 'directory'),
    entry('z'),
    entry('y'),
    entry('x'),
    entry('hard', 'file', 2e9),
  ]);
  assert.deepEqual(merge.files, {
    created: ['d', 'd/file'],
    overwritten: ['hard'],
    newer: ['hard'],
    extra: ['x', 'y'],
  });
  assert.equal([...manifest.unseen()].length, 6);
});

test('what has another type, on the way too, is in the way', async (t) => {
  const { conflicts } = await surveyOf(t, 0, [
    entry('.', 'directory'),
    entry('d', 'symlink'),
    entry('link', 'file'),
    entry('implied', 'symlink'),
  ]);
  assert.deepEqual(conflicts, [
    'd is a symlink, the archive has a directory',
    'link is a file, the archive has a symlink',
    'implied is a symlink, the archive has a directory',
  ]);
});
