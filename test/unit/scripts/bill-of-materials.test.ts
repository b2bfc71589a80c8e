import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { billOfMaterials } from '../../../scripts/build/bill-of-materials.ts';

interface Bill {
  readonly packages: readonly {
    name: string;
    versionInfo: string;
    SPDXID: string;
    licenseDeclared: string;
  }[];
  readonly relationships: readonly { relationshipType: string; relatedSpdxElement: string }[];
}

const entry = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');

test('the bill of materials has every package that the program uses, and Node, and none of the tools', async () => {
  const bill = JSON.parse(await billOfMaterials(entry, new Date(0))) as Bill;

  const versions = Object.fromEntries(bill.packages.map(({ name, versionInfo }) => [name, versionInfo]));
  const { dependencies, devDependencies } = packageJson;
  const named = Object.keys(dependencies).map((name) => [name, versions[name]]);
  const tools = Object.keys(devDependencies).filter((name) => Object.hasOwn(versions, name));
  assert.deepEqual(Object.fromEntries(named), dependencies);
  assert.deepEqual({ node: versions['node'], tools }, { node: '24.21.0', tools: [] });
  assert.deepEqual(
    bill.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement),
    bill.packages.map(({ SPDXID }) => SPDXID),
  );
  assert.equal(new Set(bill.packages.map(({ SPDXID }) => SPDXID)).size, bill.packages.length);
  assert.deepEqual(
    bill.packages.filter(({ licenseDeclared }) => licenseDeclared === 'NOASSERTION'),
    [],
  );
});
