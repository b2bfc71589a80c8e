import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { lookAtFiles } from '../../../src/app/look-at-files.ts';
import { localShell } from '../../support/local-shell.ts';
import { toolsets } from '../../support/shell-tools.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const { busybox, gnu } = toolsets(['sh', 'cat', 'cut', 'dd', 'head', 'stat', 'wc', 'xargs']);

for (const { title, skip, path } of [busybox, gnu]) {
  test(`${title}: sees what each path leads to, and why it cannot`, { skip }, async (t) => {
    const folder = tempFolder(t);
    chmodSync(folder, 0o755);
    const at = (name: string) => join(folder, name);
    const odd = at("it's | 50 % \\n ü.tar.gz");
    writeFileSync(at('a.tar.gz'), 'four');
    writeFileSync(odd, '');
    symlinkSync('a.tar.gz', at('link'));
    mkdirSync(at('closed'), { mode: 0o700 });
    mkdirSync(at('folder'));
    const { shell } = localShell(t, { path: path(t), as: 65534 });
    const fileOf = (file: string) => {
      const { dev, ino, size } = statSync(file);
      return { identity: `${dev}:${ino}`, sizeBytes: size };
    };

    const paths = [
      at('a.tar.gz'),
      odd,
      at('link'),
      at('none'),
      at('a.tar.gz/x'),
      at('folder'),
      at('closed/x'),
      at('a\nb'),
    ];
    const looked = await lookAtFiles(shell, paths);

    assert.deepEqual(looked, [
      { path: paths[0], ...fileOf(at('a.tar.gz')) },
      { path: odd, ...fileOf(odd) },
      { path: at('link'), ...fileOf(at('a.tar.gz')) },
      { path: at('none') },
      { path: at('a.tar.gz/x') },
      { path: at('folder'), reason: 'not a file' },
      { path: at('closed/x'), reason: 'Permission denied' },
      { path: at('a\nb') },
    ]);
  });

  test(`${title}: sees thousands of files in one conversation`, { skip }, async (t) => {
    const folder = tempFolder(t);
    const paths = Array.from({ length: 20_000 }, (_, index) => join(folder, `${'x'.repeat(60)}-${index}`));
    paths.forEach((file, index) => {
      if (index % 1000 === 0) writeFileSync(file, 'x'.repeat(index));
    });
    const { shell } = localShell(t, { path: path(t) });

    const looked = await lookAtFiles(shell, paths);

    assert.deepEqual(
      looked.flatMap(({ path: file, sizeBytes }) => (sizeBytes === undefined ? [] : [[file, sizeBytes]])),
      paths.flatMap((file, index) => (index % 1000 === 0 ? [[file, index]] : [])),
    );
  });
}
