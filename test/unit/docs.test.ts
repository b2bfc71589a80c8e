import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { role, withGeneratedParts } from '../../scripts/docs.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

test('the README shows the flags, exit statuses and permissions that the program has (node scripts/docs.ts)', () => {
  const readme = read('README.md');
  assert.equal(readme, withGeneratedParts(readme));
});

test('a part that the README lost is an error, not a document without it', () => {
  assert.throws(() => withGeneratedParts('# Nothing\n'), {
    message: 'README.md has no part "exit statuses"',
  });
});

test('a Role joins the verbs of a resource, and the resources of a group that have the same verbs', () => {
  const permissions = [
    { verb: 'get', group: 'apps', resource: 'deployments' },
    { verb: 'get', group: 'apps', resource: 'statefulsets' },
    { verb: 'list', group: '', resource: 'pods' },
    { verb: 'list', group: 'apps', resource: 'deployments' },
    { verb: 'list', group: 'apps', resource: 'statefulsets' },
    { verb: 'list', group: '', resource: 'pods' },
  ];
  assert.equal(
    role(permissions),
    `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: nkvm-restore
  namespace: shop
rules:
  - apiGroups: ["apps"]
    resources: [deployments, statefulsets]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
`,
  );
});

test('files that the documents point to are there', () => {
  const missing = ['README.md', 'CONTRIBUTING.md', 'docs/performance.md'].flatMap((document) => {
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
