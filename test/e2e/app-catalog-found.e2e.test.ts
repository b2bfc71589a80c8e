/** Which app is the catalogue, who may read it, and what is said where there is none or it is closed. */
import assert from 'node:assert/strict';
import { InClusterApp } from '../support/app.ts';
import { kubectl } from '../support/cluster.ts';
import { clusterTest } from '../support/cluster-test.ts';
import { accountWith } from '../support/least-permissions.ts';
import type { TestNamespace } from '../support/namespace.ts';
import type { PluginResult } from '../support/plugin.ts';

const quiet = { writesEveryMs: 0, genuine: true } as const;

clusterTest(
  'without a catalogue here, the app in the namespace that the user may list is asked',
  async (scene) => {
    const app = await InClusterApp.start(scene, quiet);
    const { kubeconfig, denied } = await accountWith({ ...scene, roles: ['nkvm-app-catalog'] });

    const listed = await scene.operator.run(['list', '-A', '-o', 'name', '--kubeconfig', kubeconfig]);

    assert.deepEqual(
      { ...listed, denied: denied() },
      {
        exitCode: 0,
        stdout: 'backup/5\nbackup/4\nbackup/3\nbackup/1\n',
        stderr: `catalogue: ${app.ref}\n`,
        denied: ['list deployments.apps', 'list namespaces', 'list pods'],
      },
    );
  },
);

clusterTest('two apps are an error that names both', async (scene) => {
  const one = await InClusterApp.start(scene, { ...quiet, replicas: 0 });
  await scene.shop.apply(twin(await scene.shop.get(`deployment/${one.name}`)));
  const { kubeconfig } = await accountWith({ ...scene, roles: ['nkvm-app-catalog'] });

  const refused = await scene.operator.run([
    'list',
    '-A',
    '-o',
    'json',
    '--catalog',
    'app',
    '--kubeconfig',
    kubeconfig,
  ]);

  assert.deepEqual(failureOf(refused), {
    exitCode: 11,
    code: 'app-ambiguous',
    message: `2 NKVM apps are there: ${one.ref}, app:${scene.shop.name}/twin`,
  });
});

clusterTest('where none is found, what was tried is said', async (scene) => {
  const { kubeconfig } = await accountWith({ ...scene, roles: ['nkvm-app-catalog'] });

  const refused = await scene.operator.run(['list', '-A', '--kubeconfig', kubeconfig]);
  const named = await scene.operator.run(['list', '-o', 'json', '--catalog', `app:${scene.shop.name}/nkvm`]);

  const said = refused.stderr.replace(/\s+/g, ' ');
  for (const part of [
    'neither --catalog nor NKVM_METADATA_DB_PATH is given',
    'no NKVM app is found: namespace nerdy-k8s-volume-manager:',
    'all namespaces:',
    `namespace ${scene.shop.name} has no deployment with the labels app.kubernetes.io/name=nerdy-k8s-volume-manager`,
    'code: app-forbidden',
    '--catalog PATH',
  ])
    assert.ok(said.includes(part), `${part}\n${refused.stderr}`);
  assert.deepEqual(failureOf(named), {
    exitCode: 11,
    code: 'app-missing',
    message: `there is no deployment/nkvm in namespace ${scene.shop.name}`,
  });
});

clusterTest('what is missing is printed as the Role that opens a closed app', async (scene) => {
  const app = await InClusterApp.start(scene, quiet);
  const { kubeconfig } = await accountWith({ ...scene, roles: [] });
  const list = () =>
    scene.operator.run(['list', '-A', '-o', 'json', '--catalog', app.ref, '--kubeconfig', kubeconfig]);

  const refused = await list();
  const { manifest } = JSON.parse(refused.stdout).error as { readonly manifest: string };
  await kubectl(['apply', '-f', '-'], { input: manifest });
  const listed = await list();

  assert.deepEqual(failureOf(refused), {
    exitCode: 11,
    code: 'app-forbidden',
    message:
      `${app.ref} cannot be looked at: in namespace ${scene.shop.name} you may not get deployments.apps, ` +
      'list deployments.apps, list pods, get pods/exec, create pods/exec',
  });
  assert.ok(refused.stderr.includes(`\n${manifest}`), refused.stderr);
  assert.deepEqual(
    { exitCode: listed.exitCode, items: JSON.parse(listed.stdout).items.length },
    { exitCode: 0, items: 4 },
  );
});

for (const { title, rules, what, missing } of [
  {
    title: 'who may look but not run anything in the app is told so',
    rules: 2,
    what: ([pod]: readonly string[], { name }: TestNamespace) =>
      `container app of pod/${pod} in namespace ${name} cannot be read in`,
    missing: 'get pods/exec, create pods/exec',
  },
  {
    title: 'who may see the app but none of its pods is told so',
    rules: 1,
    what: (_: readonly string[], { name }: TestNamespace) =>
      `the pods of app:${name}/nerdy-k8s-volume-manager cannot be looked at`,
    missing: 'list pods, get pods/exec, create pods/exec',
  },
]) {
  clusterTest(title, async (scene) => {
    const { shop, operator } = scene;
    const app = await InClusterApp.start(scene, quiet);
    const { kubeconfig } = await accountWith({ ...scene, roles: ['nkvm-app-catalog'] });
    const [role] = await shop.list('roles');
    const patch = [{ op: 'replace', path: '/rules', value: rulesOf(role).slice(0, rules) }];
    await shop.kubectl(['patch', `role/${role?.metadata.name}`, '--type=json', '-p', JSON.stringify(patch)]);

    const refused = await operator.run([
      ...['validate', 'backup/5', '-o', 'json', '--catalog', app.ref, '--kubeconfig', kubeconfig],
    ]);

    assert.deepEqual(failureOf(refused), {
      exitCode: 11,
      code: 'app-forbidden',
      message: `${what(await app.pods(), shop)}: in namespace ${shop.name} you may not ${missing}`,
    });
  });
}

clusterTest('a backup that runs meanwhile is said', async (scene) => {
  const app = await InClusterApp.start(scene, quiet);
  await scene.shop.apply(backupHelper);
  await scene.shop.kubectl(['wait', '--for=condition=Ready', 'pod/nkvm-backup-orders', '--timeout=60s']);

  const listed = await scene.operator.run(['list', '-A', '--catalog', app.ref]);

  assert.equal(listed.exitCode, 0);
  const line = listed.stderr.split('\n').find((one) => one.startsWith('a backup runs'));
  assert.ok(line?.includes(`pod/nkvm-backup-orders of ${scene.shop.name}/`), listed.stderr);
});

clusterTest(
  'what the container’s own variables say is where it is looked, relative ones from its folder',
  async (scene) => {
    const app = await InClusterApp.start(scene, {
      ...quiet,
      env: { NKVM_METADATA_DB_PATH: './data/backups.db', NKVM_BACKUP_DIR: undefined },
      workingDir: '/var/lib/nkvm',
    });

    const listed = await scene.operator.run(['list', '-A', '--catalog', app.ref, '-o', 'json']);
    const elsewhere = await scene.operator.run([...['list', '-A', '--catalog', app.ref, '-o', 'json']], {
      env: { NKVM_BACKUP_DIR: '/nowhere', NKVM_METADATA_DB_PATH: '/nowhere/backups.db' },
    });

    const paths = JSON.parse(listed.stdout).items.map(({ archive }: { archive: { resolvedPath: string } }) =>
      archive.resolvedPath.replace(/\d{8}T\d{6}Z__.*/, ''),
    );
    assert.deepEqual([...new Set(paths)], ['/var/lib/nkvm/backups/']);
    assert.equal(elsewhere.stdout, listed.stdout);
  },
);

function failureOf({ exitCode, stdout }: PluginResult) {
  const { code, message } = JSON.parse(stdout).error;
  return { exitCode, code, message };
}

function rulesOf(role: object | undefined): readonly object[] {
  return (role as { readonly rules: readonly object[] }).rules;
}

/** Another one with the same labels. */
function twin(object: object): object {
  const { apiVersion, kind, spec } = object as Record<string, object>;
  const labels = {
    'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
    'app.kubernetes.io/component': 'control-plane',
  };
  return { apiVersion, kind, metadata: { name: 'twin', labels }, spec };
}

const backupHelper = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'nkvm-backup-orders',
    labels: {
      'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
      'app.kubernetes.io/component': 'backup-helper',
    },
  },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'helper', image: 'nkvm.local/busybox:1', command: ['sleep', '3600'] }],
  },
};
