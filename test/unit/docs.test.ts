import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { generatedFiles, withParts } from '../../scripts/docs.ts';
import { roleManifest } from '../../src/runbook/role-manifest.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

test('the documents show the flags, exit statuses and permissions that the program has (node scripts/docs.ts)', () => {
  const files = generatedFiles();
  assert.deepEqual(Object.fromEntries(Object.keys(files).map((file) => [file, read(file)])), files);
});

test('a part that a document lost is an error, not a document without it', () => {
  assert.throws(() => withParts('# Nothing\n', { flags: () => '' }), {
    message: 'there is no part "flags"',
  });
});

test('a Role joins the verbs of a resource, and the resources of a group that have the same verbs', () => {
  const manifest = roleManifest({
    kind: 'Role',
    name: 'operator',
    purpose: '`restore`',
    needed: [
      { verb: 'get', group: 'apps', resource: 'deployments' },
      { verb: 'get', group: 'apps', resource: 'statefulsets' },
      { verb: 'list', group: '', resource: 'pods' },
      { verb: 'list', group: 'apps', resource: 'deployments' },
      { verb: 'list', group: 'apps', resource: 'statefulsets' },
      { verb: 'list', group: '', resource: 'pods' },
    ],
    optional: [{ verb: 'list', group: '', resource: 'events' }],
  });
  assert.equal(
    manifest,
    `# For restore.
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: operator
rules:
  - apiGroups: ["apps"]
    resources: [deployments, statefulsets]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
  # Not needed: the command goes on without, and says what it could not see.
  - apiGroups: [""]
    resources: [events]
    verbs: [list]
`,
  );
});

test('files that the documents point to are there', () => {
  const missing = [
    'README.md',
    'CONTRIBUTING.md',
    'docs/performance.md',
    'docs/rbac.md',
    'docs/reference.md',
  ].flatMap((document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    return links.filter((target) => !existsSync(join(root, document, '..', target)));
  });
  assert.deepEqual(missing, []);
});

test('the krew manifest names the version of the program, and a LICENSE in each archive', () => {
  const manifest = read('krew-manifest.yaml');
  const platforms = manifest.match(/^ {4}- selector:/gm)?.length;
  assert.deepEqual(
    {
      version: /^ {2}version: (.+)$/m.exec(manifest)?.[1],
      licenses: manifest.match(/from: LICENSE/g)?.length,
      hashes: manifest.match(/^ {6}sha256: /gm)?.length,
    },
    { version: `v${packageJson.version}`, licenses: platforms, hashes: platforms },
  );
});
