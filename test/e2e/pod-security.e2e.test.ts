/** The restore pod in namespaces that refuse root: what is lost is said beforehand, and found again afterwards. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { whileRefused } from '../support/admission.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failedRestore, leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { makeOwners, mixedOwners, ownersOf } from '../support/ownership.ts';
import { tarOf } from '../support/tar-builder.ts';
import { volumeState } from '../support/volume-state.ts';
import { deployment } from '../support/workloads.ts';

const restricted = 'pod-security.kubernetes.io/enforce=restricted';
const container = {
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};
const podUser = { runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true, fsGroup: 2000 };
const asUser = { container, pod: { securityContext: podUser } };

/** As uid 1000 with the groups 1000 and 2000. */
const asUid1000 = {
  closed: 'directory 0555 1000:1000',
  'closed/file': '0644 1000:1000',
  foreign: 'directory 0755 1000:2000',
  'foreign/file': '0640 1000:2000',
  'foreign/setgid': '0755 1000:2000',
  'foreign/setuid': '0755 1000:2000',
  hidden: '0400 1000:1000',
  link: 'symlink 0777 1000:2000',
  own: 'directory 2775 1000:2000',
  'own/file': '0664 1000:2000',
  'own/setgid': '2755 1000:2000',
  'own/setuid': '4755 1000:2000',
};

clusterTest(
  'a restricted namespace is restored into as its workload, and the losses are as planned',
  async (scene) => {
    const { shop, app, operator } = scene;
    const { backup, folder } = await inRestricted(scene);

    const held = await operator.run(restoreArgs({ ...scene, app }, backup, '--hold'));

    assert.equal(held.exitCode, 0, held.stderr);
    assert.match(
      steady(shop, held.stderr),
      / {2}3 {2}create the restore pod \(.*\) with orders-data at \/restore as uid 1000, gid 1000, fsGroup 2000 \(of deployment\/orders\), as root is refused here\n/,
    );
    assert.match(
      held.stderr,
      / {2}4 {2}as uid 1000: 6 members lose their owner, 1 their setuid bit, 1 their setgid bit, 1 their mode, which would keep their owner from reading\n/,
    );
    // The root was the kubelet's: it stays as it was found.
    assert.deepEqual(ownersOf(folder, ['orders.log']), { '.': 'directory 2775 0:2000', ...asUid1000 });
    const { ownership, verification } = recordOf(held.stdout);
    assert.deepEqual(ownership?.losses, { owners: 6, setuid: 1, setgid: 1, modes: 1 });
    const { uid, gid, fsGroup, source, rootRefused } = ownership?.runsAs ?? { uid: 0, gid: 0 };
    assert.deepEqual([uid, gid, fsGroup, source], [1000, 1000, 2000, 'deployment/orders']);
    assert.match(rootRefused ?? '', /violates PodSecurity "restricted:latest"/);
    const { outcome, differences, firstExpectedLosses = [] } = verification;
    assert.deepEqual([outcome, differences], ['identical', 0]);
    const root = 'of uid 0, which uid 1000 cannot change';
    assert.deepEqual(
      firstExpectedLosses
        .filter(({ kind }) => kind !== 'mtime')
        .map(({ path, kind, expected, found, because }) => `${path} ${kind} ${expected} ${found} ${because}`),
      [
        `. mode 0755 2775 ${root}`,
        `. gid 0 2000 ${root}`,
        'foreign uid 33 1000 as uid 1000',
        'foreign gid 33 2000 as uid 1000',
        'foreign/file uid 33 1000 as uid 1000',
        'foreign/file gid 33 2000 as uid 1000',
        'foreign/setgid mode 2755 0755 as uid 1000',
        'foreign/setgid gid 33 2000 as uid 1000',
        'foreign/setuid mode 4755 0755 as uid 1000',
        'foreign/setuid uid 0 1000 as uid 1000',
        'foreign/setuid gid 0 2000 as uid 1000',
        'hidden mode 0000 0400 as uid 1000',
        'link uid 33 1000 as uid 1000',
        'link gid 33 2000 as uid 1000',
      ],
    );
  },
);

clusterTest('once the workload is back, verify names what fsGroup changed', async (scene) => {
  const { operator } = scene;
  const { backup, folder } = await inRestricted(scene);
  const verify = ['verify', `backup/${backup.id}`, '--catalog', scene.app.catalog, '-o', 'json'];

  const restored = await operator.run(restoreArgs(scene, backup));
  const verified = await operator.run(verify);
  const own = ownersOf(folder, ['orders.log']);

  assert.deepEqual([restored.exitCode, verified.exitCode], [0, 0], restored.stderr + verified.stderr);
  assert.deepEqual(own['closed/file'], '0664 1000:2000');
  const { differences, expected } = JSON.parse(verified.stdout);
  assert.deepEqual(differences, []);
  assert.deepEqual(
    expected
      .filter(({ path }: Record<string, string>) => path?.startsWith('closed'))
      .map(
        ({ path, kind, expected, found, because }: Record<string, string>) =>
          `${path} ${kind} ${expected} ${found} ${because}`,
      ),
    [
      'closed mode 0555 2775 by fsGroup 2000',
      'closed gid 1000 2000 by fsGroup 2000',
      'closed/file mode 0644 0664 by fsGroup 2000',
      'closed/file gid 1000 2000 by fsGroup 2000',
    ],
  );
});

clusterTest(
  'what fsGroup changed of a volume that root restored is no difference, other changes are',
  async (scene) => {
    const { shop, operator } = scene;
    const { backup, folder } = await backedUp(scene);
    const args = ['verify', `backup/${backup.id}`, '--catalog', scene.app.catalog];
    const restored = await operator.run(restoreArgs(scene, backup));
    const same = await operator.run(args);
    chmodSync(join(folder, 'own/file'), 0o666);

    const other = await operator.run([...args, '-o', 'json']);

    assert.deepEqual(
      [restored.exitCode, same.exitCode, other.exitCode],
      [0, 0, 15],
      same.stdout + same.stderr,
    );
    assert.match(same.stdout, /^expected-mode +0644 +0664 +closed\/file$/m);
    assert.match(same.stdout, /, 0 differences, \d+ expected ones \(by fsGroup 2000\), 1 file that/);
    assert.deepEqual(JSON.parse(other.stdout).differences, [
      { path: 'own/file', kind: 'mode', expected: '0664', found: '0666' },
    ]);
    assert.match(await shop.kubectl(['get', 'pods', '-o', 'name']), /^pod\/orders-\S+\n$/);
  },
);

clusterTest('a policy against root is met as Pod Security is', async (scene) => {
  const { shop, operator } = scene;
  const { backup, folder } = await backedUp(scene);
  const message = 'no root in this house';
  const refusal = {
    apiGroup: '',
    resource: 'pods',
    operation: 'CREATE',
    allowed:
      'object.spec.containers.all(c, has(c.securityContext) && c.securityContext.?runAsUser.orValue(1) != 0)',
    message,
    probe: [
      'run',
      'root',
      '--image=none',
      '--overrides',
      JSON.stringify({
        spec: { containers: [{ name: 'root', image: 'none', securityContext: { runAsUser: 0 } }] },
      }),
    ],
  } as const;
  await whileRefused(shop, refusal, async () => {
    const restored = await operator.run(restoreArgs(scene, backup, '--hold'));

    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.match(recordOf(restored.stdout).ownership?.runsAs.rootRefused ?? '', new RegExp(message));
  });
  assert.deepEqual(ownersOf(folder, ['orders.log', '.']), asUid1000);
});

clusterTest('a baseline namespace keeps every owner, and is verified too', async (scene) => {
  const { shop, app, operator } = scene;
  const claim = await shop.claim('orders-data');
  makeOwners(claim.folder, mixedOwners);
  const before = volumeState(claim.folder);
  const backup = await app.backUp(claim);
  empty(claim.folder);
  await shop.kubectl(['label', 'namespace', shop.name, 'pod-security.kubernetes.io/enforce=baseline']);

  const restored = await operator.run(restoreArgs(scene, backup));
  const verified = await operator.run(['verify', `backup/${backup.id}`, '--catalog', app.catalog, '--exact']);

  assert.deepEqual([restored.exitCode, verified.exitCode], [0, 0], restored.stderr + verified.stderr);
  assert.deepEqual(volumeState(claim.folder), before);
});

clusterTest('[pod-rejected] --owner archive insists on root, and nothing is changed', async (scene) => {
  const { shop } = scene;
  const { backup } = await inRestricted(scene);
  const before = await leftOn(shop);

  const failed = await failedRestore(scene, backup, ['--owner', 'archive']);

  assert.deepEqual([failed.exitCode, failed.code, failed.step], [13, 'pod-rejected', 3]);
  assert.match(
    failed.message,
    /violates PodSecurity .*\n {2}without root the archive's owners cannot be kept: leave out --owner archive\n {2}nothing was changed$/,
  );
  assert.deepEqual(await leftOn(shop), before);
});

clusterTest('[pod-rejected] where a user is refused too, both reasons are given', async (scene) => {
  const { shop } = scene;
  const { backup } = await inRestricted(scene);
  const unfit = JSON.stringify({ spec: { hostNetwork: true } });

  const failed = await failedRestore(scene, backup, ['--overrides', unfit]);

  assert.equal(failed.code, 'pod-rejected');
  assert.match(
    failed.message,
    /\n {2}and as uid 1000 without capabilities: .*host namespaces \(hostNetwork=true\)\n/,
  );
  assert.match(failed.message, /^pod\/nkvm-restore-RUN was refused: .*runAsUser=0/);
  assert.deepEqual(await leftOn(shop), ['Deployment/orders at 1', 'PersistentVolumeClaim/orders-data']);
});

clusterTest('[volume-not-writable] a volume of root’s is refused before the first byte', async (scene) => {
  const { shop, app } = scene;
  // A hostPath is not given to fsGroup.
  const claim = await shop.claim('orders-data');
  makeOwners(claim.folder, {
    own: 'directory 0755 1000:1000',
    'own/file': '0644 1000:1000',
    file: '0644 0:0',
  });
  const backup = await app.backUp(claim);
  await shop.kubectl(['label', 'namespace', shop.name, restricted]);
  rmSync(join(claim.folder, 'file'));
  const before = volumeState(claim.folder);

  const failed = await failedRestore(scene, backup, ['--owner', '1000:1000']);

  assert.deepEqual(failed, {
    exitCode: 14,
    code: 'volume-not-writable',
    step: 4,
    message:
      'the volume is untouched; as uid 1000, gid 1000, fsGroup 1000:\n  nothing can be made in . (0:0 755)',
    next: [],
  });
  assert.deepEqual(volumeState(claim.folder), before);
});

clusterTest(
  'without a workload --owner names the user, and a second restore goes in again',
  async (scene) => {
    const { shop, app, operator } = scene;
    const claim = await shop.claim('orders-data', { storageClass: 'nkvm-wait' });
    const file = join(app.folder, 'made.tar.gz');
    const member = (name: string, more: object = {}) => ({ name, uid: 33, gid: 33, mode: 0o666, ...more });
    writeFileSync(
      file,
      gzipSync(
        tarOf(
          member('./closed/', { typeFlag: '5', mode: 0o555 }),
          member('./closed/file', { content: 'in it' }),
          member('./unlisted/deep/file', { mode: 0o4755 }),
        ),
      ),
    );
    const backup = await app.file(claim, file);
    await shop.kubectl(['label', 'namespace', shop.name, restricted]);
    const restore = () => operator.run(restoreArgs(scene, backup, '--owner', '1000:1000'));

    const [first, again] = [await restore(), await restore()];

    assert.deepEqual([first.exitCode, again.exitCode], [0, 0], first.stderr + again.stderr);
    const found = volumeState(claim.folder);
    assert.deepEqual(
      Object.entries(found).map(([path, words]) => `${path} ${words.split(' ').slice(0, 3).join(' ')}`),
      [
        '. directory 2775 0:1000',
        'closed directory 0555 1000:1000',
        'closed/file file 0666 1000:1000',
        'unlisted directory 2755 1000:1000',
        'unlisted/deep directory 2755 1000:1000',
        'unlisted/deep/file file 4755 1000:1000',
      ],
    );
  },
);

/** A volume as the kubelet gives it to its workload, empty but for the workload's log; the backup has other owners. */
async function backedUp(scene: Scene) {
  const { shop, app } = scene;
  const claim = await shop.claim('orders-data', { storageClass: 'nkvm-wait' });
  const { folder } = claim;
  makeOwners(folder, mixedOwners);
  const backup = await app.backUp(claim);
  empty(folder);
  await shop.apply(deployment('orders', { claims: ['orders-data'], ...asUser }));
  await shop.rolledOut('deployment/orders');
  return { backup, folder };
}

async function inRestricted(scene: Scene) {
  const found = await backedUp(scene);
  await scene.shop.kubectl(['label', 'namespace', scene.shop.name, restricted]);
  return found;
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}
