import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { openLocalArchive } from '../../../src/sources/local-file.ts';

const folder = fileURLToPath(new URL('../../fixtures/genuine/backups/', import.meta.url));

/** With the checksums that NKVM filed, and what `tar -tvzf` counts. */
const archives = [
  {
    name: '20261122T203302Z__shop__orders-data.tar.gz',
    sha256: '39525ab4efbea3ce23b0e07c80134f1e22d53e542ce3bfb6f1635d9268bf157b',
    members: 223,
    file: 76,
    directory: 140,
    contentBytes: 513_210,
  },
  {
    name: '20261122T203310Z__shop__web-content.tar.gz',
    sha256: '8977e784ef86b3b2fdf7c9e84e8738c3309102515a6363bfdbb8fc33115fbed2',
    members: 118,
    file: 41,
    directory: 70,
    contentBytes: 247_958,
  },
  {
    name: '20261122T203314Z__blog__uploads.tar.gz',
    sha256: '8b6ffe02dca6064863d7e72cbe40e3f122b4b9e30bdd05ba8e2705eaf877188b',
    members: 74,
    file: 27,
    directory: 40,
    contentBytes: 34_685_861,
  },
  {
    name: '20261122T203318Z__shop__orders-data.tar.gz',
    sha256: '5874805129911ed6bf6f07a2adb8918345bef1ddb4bc75e282dfc48d5a0a9c2a',
    members: 224,
    file: 77,
    directory: 140,
    contentBytes: 513_226,
  },
] as const;

for (const expected of archives) {
  test(`the genuine ${expected.name} is complete`, async () => {
    const { name, sha256, file, directory } = expected;
    const source = await openLocalArchive(`${folder}${name}`);
    const found = await inspectArchive(source, { expectedSha256: sha256, showFiles: 1 });
    await source.close();
    assert.deepEqual(found.verdict, { result: 'complete' });
    assert.deepEqual(
      {
        name,
        sha256: found.sha256,
        members: found.members,
        file,
        directory,
        contentBytes: found.contentBytes,
      },
      expected,
    );
    assert.deepEqual(found.types, {
      file,
      directory,
      symlink: 4,
      hardlink: 2,
      fifo: 1,
      'character-device': 0,
      'block-device': 0,
      socket: 0,
    });
    const { setuid, setgid, lostAndFound, linksPointingOutside, paxMembers, root, files } = found;
    assert.deepEqual(
      { setuid, setgid, lostAndFound, linksPointingOutside, paxMembers, root, files },
      {
        setuid: 1,
        setgid: 0,
        lostAndFound: true,
        linksPointingOutside: 1,
        paxMembers: 0,
        root: { uid: 0, gid: 0, mode: 0o755 },
        files: ['.'],
      },
    );
  });
}
