// Puts the program into Node with pkg's SEA module: its command line passes neither our own configuration nor our own
// Node on, and would download one. A Node of another platform can only be handed over in pkg's cache: that is a folder
// of our own here, so nothing is downloaded, and nothing of the user's is read.
import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { nodeVersion, writeTargetNode } from './target-node.ts';
import { isHost, type Target } from './targets.ts';

interface PackRequest {
  readonly target: Target;
  readonly boot: string;
  readonly assets: string;
  /** For pkg's cache. */
  readonly home: string;
  readonly outputFile: string;
}

export async function packExecutable(request: PackRequest): Promise<void> {
  const { target, boot, assets, home, outputFile } = request;
  const draft = `${outputFile}.${process.pid}.new`;
  seedCache(target, home);
  await withHome(home, () =>
    pkg.default(boot, {
      signature: true,
      seaConfig: seaConfig(target, assets),
      targets: [
        {
          nodeRange: `node${nodeVersion}`,
          platform: target.os === 'darwin' ? 'macos' : target.os === 'windows' ? 'win' : 'linux',
          arch: target.nodeArch,
          output: draft,
        },
      ],
    }),
  );
  chmodSync(draft, 0o755);
  renameSync(draft, outputFile);
}

function seaConfig(target: Target, assets: string) {
  return {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // V8's caches are for one processor and one system.
    useCodeCache: isHost(target),
    // A user's NODE_OPTIONS are not for this program: some of them would stop it.
    execArgvExtension: 'none',
    // Without a limit, reading a million members makes V8 keep 128 MB for what dies young, and is no faster for it.
    execArgv: ['--max-semi-space-size=4'],
    assets: Object.fromEntries(readdirSync(assets).map((name) => [name, join(assets, name)])),
  };
}

/** As pkg leaves it when it has downloaded and unpacked an archive of Node: the marks say that both are whole. */
function seedCache(target: Target, home: string): void {
  const folder = join(home, '.pkg-cache', 'sea');
  const name = `node-v${nodeVersion}-${target.os === 'windows' ? 'win' : target.os}-${target.nodeArch}`;
  const isZip = target.os === 'windows';
  const archive = join(folder, `${name}.${isZip ? 'zip' : 'tar.gz'}`);
  const node = isZip ? join(folder, `${name}.exe`) : join(folder, name, 'bin', 'node');
  mkdirSync(folder, { recursive: true });
  writeTargetNode(target, node);
  for (const file of [archive, `${archive}.ok`, `${node}.ok`]) writeFileSync(file, '');
}

/** Where pkg looks for its cache. */
async function withHome(home: string, run: () => Promise<void>): Promise<void> {
  const { HOME, USERPROFILE } = process.env;
  Object.assign(process.env, { HOME: home, USERPROFILE: home });
  try {
    await run();
  } finally {
    for (const [name, value] of Object.entries({ HOME, USERPROFILE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
