import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { loadSqlite, readHistory } from '../../../src/app/app-history.ts';
import { historyInMemory } from '../../../src/catalog/history-db.ts';
import { addRows, makeHistoryDb } from '../../support/history-db.ts';
import { committedAndLogged, crashed, holdOpen } from '../../support/history-reading.ts';
import { type LocalShellOptions, localShell } from '../../support/local-shell.ts';
import { toolsets } from '../../support/shell-tools.ts';
import { fingerprint, tempFolder } from '../../support/temp-folder.ts';

const programs = ['sh', 'cat', 'cut', 'dd', 'head', 'id', 'readlink', 'sha256sum', 'stat', 'wc', 'xargs'];
const { busybox, gnu } = toolsets(programs);
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : undefined;
const name = 'app:backups/nkvm:/data/backups.db';

/** The IDs, or the error's code, and whether it was an online backup. */
async function read(t: TestContext, options: LocalShellOptions, path: string) {
  const { run, shell, said } = localShell(t, options);
  try {
    const bytes = await readHistory(run, shell, {
      name,
      path,
      sqlite: () => loadSqlite(async () => undefined),
    });
    const catalog = historyInMemory(name, bytes, {});
    const ids = catalog.list({ status: 'any', limit: 0 }).map(({ id }) => id);
    catalog.close();
    return { found: ids.join(' '), isBackup: said.length === 0 };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return { found: String(error.code), isBackup: false };
  }
}

const withPython = {
  title: 'GNU and Python',
  skip: gnu.skip || (python === undefined && 'no Python here'),
  path: (t: TestContext) => {
    const folder = gnu.path(t);
    symlinkSync(python ?? '', join(folder, 'python3'));
    return folder;
  },
  hasPython: true,
};

for (const { title, skip, path, hasPython } of [
  { ...busybox, hasPython: false },
  { ...gnu, hasPython: false },
  withPython,
]) {
  test(`${title}: reads a database in rollback mode and touches nothing`, { skip }, async (t) => {
    const folder = tempFolder(t);
    const file = makeHistoryDb(join(folder, 'backups.db'), [{}, {}]);
    const before = fingerprint(folder);

    const found = await read(t, { path: path(t) }, file);

    assert.deepEqual(found, { found: '2 1', isBackup: hasPython });
    assert.deepEqual(fingerprint(folder), before);
  });

  test(`${title}: reads the rows that are only in the log of a running app, and touches nothing`, {
    skip,
  }, async (t) => {
    const folder = tempFolder(t);
    const file = makeHistoryDb(join(folder, 'backups.db'), [{}], 'wal');
    const app = new Database(file);
    t.after(() => app.close());
    addRows(app, [{}, {}]);
    const before = fingerprint(folder);

    const found = await read(t, { path: path(t) }, file);

    assert.deepEqual(found, { found: '3 2 1', isBackup: false });
    assert.deepEqual(fingerprint(folder), before);
  });

  test(`${title}: rolls a crashed app’s journal back in a copy`, { skip }, async (t) => {
    const folder = crashed(t, 'delete', ['', '-journal']);
    const before = fingerprint(folder);

    const found = await read(t, { path: path(t) }, join(folder, 'backups.db'));

    assert.deepEqual(found, { found: '2 1', isBackup: false });
    assert.deepEqual(fingerprint(folder), before);
  });

  test(`${title}: reads what a crashed app had logged, through a link`, { skip }, async (t) => {
    const folder = crashed(t, 'wal', ['', '-wal']);
    const link = join(tempFolder(t), 'link.db');
    symlinkSync(join(folder, 'backups.db'), link);

    assert.deepEqual(await read(t, { path: path(t) }, link), { found: committedAndLogged, isBackup: false });
  });

  test(`${title}: reads a database whose path has spaces, quotes and a percent sign`, { skip }, async (t) => {
    const folder = join(tempFolder(t), `it's "50 %" $HOME ü?#`);
    mkdirSync(folder);
    const file = makeHistoryDb(join(folder, 'backups.db'), [{}]);

    assert.deepEqual(await read(t, { path: path(t) }, file), { found: '1', isBackup: hasPython });
  });

  test(`${title}: tells apart what is no database that can be read`, { skip }, async (t) => {
    const folder = tempFolder(t);
    const at = (file: string) => join(folder, file);
    writeFileSync(at('empty.db'), '');
    writeFileSync(at('foreign.db'), 'a letter');
    truncateSync(makeHistoryDb(at('cut.db'), Array(200).fill({})), 8192);
    makeHistoryDb(at('closed.db'), [{}]);
    chmodSync(at('closed.db'), 0o000);
    chmodSync(folder, 0o755);

    const codes = [];
    for (const file of ['none.db', 'empty.db', 'foreign.db', 'cut.db', 'closed.db']) {
      codes.push((await read(t, { path: path(t), as: 65534 }, at(file))).found);
    }

    assert.deepEqual(codes, [
      'catalog-missing',
      'catalog-empty',
      'catalog-foreign',
      'catalog-torn',
      'catalog-unreadable',
    ]);
  });
}

test('waits no longer than it must for a lock that another process holds', {
  skip: withPython.skip,
}, async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}, {}]);
  await holdOpen(t, file, 'BEGIN EXCLUSIVE');

  // The files of an idle transaction hold still.
  assert.deepEqual(await read(t, { path: withPython.path(t) }, file), { found: '2 1', isBackup: false });
});

test('gives up on files that never hold still', { skip: gnu.skip }, async (t) => {
  const file = makeHistoryDb(join(tempFolder(t), 'backups.db'), [{}]);
  const path = gnu.path(t);
  const stat = join(path, 'stat');
  const real = realpathSync(stat);
  rmSync(stat);
  // An app that adds to the file each time that somebody looks at it.
  writeFileSync(stat, `#!/bin/sh\necho row >>'${file}'\nexec ${real} "$@"\n`, { mode: 0o755 });

  assert.deepEqual(await read(t, { path }, file), { found: 'catalog-locked', isBackup: false });
});

test('gives up on a volume that does not answer', { skip: gnu.skip }, async (t) => {
  // Whoever opens it to read waits until somebody writes.
  const path = join(tempFolder(t), 'backups.db');
  execFileSync('mkfifo', [path]);
  const { run, shell } = localShell(t, { path: gnu.path(t), mostSeconds: 1 });
  const sqlite = () => loadSqlite(async () => undefined);

  const reading = readHistory(run, shell, { name, path, sqlite });

  await assert.rejects(reading, {
    name: 'CatalogError',
    code: 'catalog-unreadable',
    message: 'container app of pod/here in namespace here has not answered for 1 s: its volume may hang',
  });
  const open = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  await shell.close();
  closeSync(open);
});
