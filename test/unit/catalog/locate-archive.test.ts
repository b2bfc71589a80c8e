import assert from 'node:assert/strict';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { locateArchive } from '../../../src/catalog/locate-archive.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const name = '20260301T120000Z__shop__orders-data.tar.gz';

function place(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = tempFolder(t);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return {
    root,
    places: {
      cwd: join(root, 'cwd'),
      catalog: join(root, 'app/data/backups.db'),
      archiveDirs: [join(root, 'one'), join(root, 'two')],
    },
  };
}

for (const where of [`cwd/backups/${name}`, `app/backups/${name}`, `one/backups/${name}`, `two/${name}`]) {
  test(`finds a relative path at ${where}`, (t) => {
    const { root, places } = place(t, { [where]: 'four' });

    const { isRemote, resolvedPath, sizeBytes } = locateArchive(`backups/${name}`, places);

    assert.deepEqual(
      { isRemote, resolvedPath, sizeBytes },
      { isRemote: false, resolvedPath: join(root, where), sizeBytes: 4 },
    );
  });
}

test('tells every place where it looked in vain', (t) => {
  const { root, places } = place(t, {});

  const located = locateArchive(`backups/${name}`, places);

  assert.deepEqual(located, {
    isRemote: false,
    lookedAt: [
      join(root, 'cwd/backups', name),
      join(root, 'app/backups', name),
      join(root, 'one/backups', name),
      join(root, 'two/backups', name),
      join(root, 'one', name),
      join(root, 'two', name),
    ],
  });
});

test('takes one file under two names for one', (t) => {
  const { root, places } = place(t, { [`one/${name}`]: 'same', 'app/backups/.keep': '' });
  linkSync(join(root, 'one', name), join(root, 'app/backups', name));

  const { resolvedPath } = locateArchive(`backups/${name}`, places);

  assert.equal(resolvedPath, join(root, 'app/backups', name));
});

test('refuses to choose between two files', (t) => {
  const { root, places } = place(t, { [`one/${name}`]: 'same', [`cwd/backups/${name}`]: 'same' });

  assert.throws(() => locateArchive(`backups/${name}`, places), {
    name: 'CatalogError',
    code: 'archive-ambiguous',
    message: `backups/${name} may be ${join(root, 'cwd/backups', name)} or ${join(root, 'one', name)}: they are two files`,
    action: 'Name the right one with --archive PATH --checksum HEX.',
  });
});

test('looks nowhere else for an absolute path that is there', (t) => {
  const { root, places } = place(t, { [`here/${name}`]: 'this', [`one/${name}`]: 'not this' });
  const path = join(root, 'here', name);

  const located = locateArchive(path, places);

  assert.deepEqual(located, { isRemote: false, resolvedPath: path, sizeBytes: 4, lookedAt: [path] });
});

test("finds an absolute path of the app's container by its name", (t) => {
  const { root, places } = place(t, { [`two/${name}`]: 'four' });

  const { resolvedPath } = locateArchive(`/var/lib/nkvm-elsewhere/backups/${name}`, places);

  assert.equal(resolvedPath, join(root, 'two', name));
});

test('says of a directory in its place that it is not a file', (t) => {
  const { root, places } = place(t, { [`cwd/${name}/inside`]: '' });

  const located = locateArchive(name, { cwd: places.cwd, archiveDirs: [] });

  assert.deepEqual(located, { isRemote: false, lookedAt: [`${join(root, 'cwd', name)} (not a file)`] });
});

for (const scheme of ['ftp', 'ftps', 'scp', 'rsync']) {
  test(`does not look for an archive on ${scheme}`, (t) => {
    const { places } = place(t, {});

    assert.deepEqual(locateArchive(`${scheme}://host/dir/${name}`, places), { isRemote: true, lookedAt: [] });
  });
}
