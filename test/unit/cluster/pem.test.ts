/** A certificate or key that is none: which one it is. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { pemInBase64, pemInFile } from '../../../src/cluster/pem.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const pem = '-----BEGIN CERTIFICATE-----\n';

test('PEM is read from Base64 and from a file', (t) => {
  const file = `${tempFolder(t)}/ca.crt`;
  writeFileSync(file, pem);
  assert.deepEqual(
    [pemInBase64(Buffer.from(pem).toString('base64'), 'x-data'), pemInFile(file, 'x')].map(String),
    [pem, pem],
  );
});

for (const data of ['bm90IGEgY2VydA==', '***', pem]) {
  test(`certificate-authority-data that is no PEM in Base64 is named: ${JSON.stringify(data)}`, () => {
    assert.throws(() => pemInBase64(data, 'certificate-authority-data'), {
      name: 'ConnectionError',
      message: 'certificate-authority-data in the kubeconfig is no PEM in Base64',
    });
  });
}

test('a file that is no PEM is named', (t) => {
  const file = `${tempFolder(t)}/client.key`;
  writeFileSync(file, 'DER');
  const message = `client-key ${file} is no PEM`;
  assert.throws(() => pemInFile(file, 'client-key'), { name: 'ConnectionError', message });
});
