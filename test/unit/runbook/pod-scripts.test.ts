/** The scripts of an upload, run by busybox as in the pod: whatever happens to connections, tar gets the archive. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import {
  beginScript,
  extractScript,
  resultScript,
  uploadScript,
} from '../../../src/runbook/transfer/pod-scripts.ts';
import { tarOf } from '../../support/tar-builder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const kibibyte = 1024;

class Pod {
  readonly work: string;
  readonly volume: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #uploads: ChildProcess[] = [];
  #connections = 0;

  constructor(t: TestContext) {
    // Before the folder goes.
    t.after(() => this.#end());
    const root = tempFolder(t);
    const applets = join(root, 'bin');
    for (const name of ['bin', 'work', 'volume']) mkdirSync(join(root, name));
    for (const applet of execFileSync('busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n'))
      symlinkSync('/usr/bin/busybox', join(applets, applet));
    this.work = join(root, 'work');
    this.volume = join(root, 'volume');
    this.#env = { PATH: applets };
  }

  /** As another pod: nothing has begun. */
  reset(): void {
    this.#end();
    rmSync(join(this.work, 'extract'), { recursive: true, force: true });
    rmSync(join(this.volume, 'file'), { force: true });
  }

  begin(): void {
    const args = ['-c', beginScript, 'nkvm-begin', this.work, this.volume, '-xf', '022', extractScript];
    execFileSync(join(this.#env['PATH'] ?? '', 'sh'), args, { env: this.#env, stdio: 'ignore' });
  }

  /** The next connection of the only lane. */
  upload(): ChildProcess {
    this.#connections += 1;
    const args = ['-c', uploadScript, 'nkvm-upload', this.work, '0', String(this.#connections)];
    const child = spawn(join(this.#env['PATH'] ?? '', 'sh'), args, { env: this.#env, detached: true });
    child.stdin.on('error', () => {});
    this.#uploads.push(child);
    return child;
  }

  /** What no connection holds outlives the test otherwise. */
  #end(): void {
    for (const upload of this.#uploads.splice(0)) endGroup(upload.pid ?? 0);
    const pid = join(this.work, 'extract', 'pid');
    if (existsSync(pid)) endGroup(Number(readFileSync(pid, 'utf8')));
  }

  result(): string {
    const args = ['-c', resultScript, 'nkvm-result', this.work];
    return execFileSync(join(this.#env['PATH'] ?? '', 'sh'), args, { env: this.#env, encoding: 'utf8' });
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function said(child: ChildProcess, text: RegExp): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      if (text.test(output)) resolve(output);
    });
    child.on('close', () => reject(new Error(`ended without ${text}: ${output}`)));
  });
}

const segment = (archive: Buffer, offset: number, length: number): Buffer =>
  Buffer.concat([Buffer.from(`${offset} ${length}\n`), archive.subarray(offset, offset + length)]);

test('tar gets each byte once, in order, whatever is cut, repeated or out of order', async (t) => {
  const pod = new Pod(t);
  const script = fc.record({
    content: fc.uint8Array({ minLength: 1, maxLength: 4 * kibibyte }),
    repeats: fc.integer({ min: 1, max: 60 }),
    cutAt: fc.array(fc.nat(300 * kibibyte), { maxLength: 4 }),
    segmentBytes: fc.array(fc.integer({ min: 1, max: 150 * kibibyte }), { minLength: 1, maxLength: 6 }),
    order: fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }),
    abandon: fc.boolean(),
  });
  const check = async ({
    content,
    repeats,
    cutAt,
    segmentBytes,
    order,
    abandon,
  }: {
    readonly content: Uint8Array;
    readonly repeats: number;
    readonly cutAt: readonly number[];
    readonly segmentBytes: readonly number[];
    readonly order: readonly number[];
    readonly abandon: boolean;
  }): Promise<void> => {
    pod.reset();
    const file = Buffer.concat(Array.from({ length: repeats }, () => Buffer.from(content)));
    const archive = tarOf({ name: './file', content: file });
    const pieces: Buffer[] = [];
    for (let at = 0, index = 0; at < archive.length; index++) {
      const length = Math.min(segmentBytes[index % segmentBytes.length] ?? 1024, archive.length - at);
      pieces.push(segment(archive, at, length));
      at += length;
      if (pieces.length > 200) return;
    }
    const shuffled = pieces
      .map((piece, index) => ({ piece, rank: order[index % order.length] ?? 0 }))
      .sort((one, other) => one.rank - other.rank)
      .map(({ piece }) => piece);
    pod.begin();
    pod.begin();
    for (const bytes of cutAt) {
      const upload = pod.upload();
      upload.stdin?.write(Buffer.concat(shuffled).subarray(0, bytes));
      // An abandoned one is still there when the next begins.
      if (abandon) continue;
      upload.stdin?.end();
      await once(upload, 'close');
    }
    const upload = pod.upload();
    const ended = said(upload, /^ended .*\n/m);
    for (const piece of shuffled) upload.stdin?.write(piece);
    upload.stdin?.write(`end ${archive.length}\n`);
    // One that ends just now may have heard it instead: the state is told again whenever it is asked for.
    const asking = setInterval(() => upload.stdin?.write('look\n'), 200);
    await ended.finally(() => clearInterval(asking));
    upload.stdin?.end();
    const result = pod.result();
    assert.deepEqual(
      { result, file: readFileSync(join(pod.volume, 'file')) },
      { result: `ended 0 ${archive.length}\n`, file },
    );
  };
  await fc.assert(fc.asyncProperty(script, check), { numRuns: 30 });
});

test('a new upload hears what the pod has, and ends the one that it takes over from', async (t) => {
  const pod = new Pod(t);
  const archive = tarOf({ name: './file', content: Buffer.alloc(200 * kibibyte, 'x') });
  pod.begin();
  const first = pod.upload();
  const over = once(first, 'close');
  const kept = said(first, /kept 131072\n/);
  first.stdin?.write(segment(archive, 131_072, 1000));
  await kept;
  // Half of a segment.
  first.stdin?.write(segment(archive, 0, 131_072).subarray(0, 65_536));
  const second = pod.upload();
  const heard = await said(second, /ready\n/);
  const [, signal] = await over;
  second.stdin?.end();
  await once(second, 'close');
  assert.deepEqual({ heard, signal }, { heard: 'kept 131072\ntaken 0\nready\n', signal: 'SIGKILL' });
});

test('tar that fails ends the upload, with its own words', async (t) => {
  const pod = new Pod(t);
  pod.begin();
  const upload = pod.upload();
  const ended = said(upload, /^ended .*\n/m);
  upload.stdin?.write('0 2048\n');
  upload.stdin?.write(Buffer.alloc(2048, 'no archive'));
  await ended;
  upload.stdin?.end();
  assert.match(pod.result(), /^ended 1 \d+\n$/);
  assert.match(readFileSync(join(pod.work, 'extract', 'errors'), 'utf8'), /tar: /);
});
