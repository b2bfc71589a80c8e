/** What Node and OpenSSL say of certificates, in words that lead somewhere. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect, createSecureContext } from 'node:tls';
import { toApiError } from '../../../src/cluster/api-error.ts';
import { strangeAuthority } from '../../support/kubeconfig.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test("Node's advice for an unknown authority is left out", async (t) => {
  const cert = strangeAuthority(tempFolder(t));
  const key = readFileSync(cert.replace('.crt', '.key'));
  const server = createServer({ cert: readFileSync(cert), key }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const error = await new Promise((resolve) => connect({ host: '127.0.0.1', port }).once('error', resolve));
  const { message } = toApiError(error, 'https://api') as Error;
  const why = 'self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)';
  assert.equal(message, `https://api cannot be trusted: ${why}`);
});

test('a certificate that is torn is not called a matter of trust', () => {
  const cert = '-----BEGIN CERTIFICATE-----\nYWFh\n-----END CERTIFICATE-----\n';
  try {
    createSecureContext({ cert });
  } catch (error) {
    const { message } = toApiError(error, 'https://api') as Error;
    assert.match(message, /^a certificate or key for https:\/\/api cannot be used: .*\(ERR_OSSL_ASN1_/);
    return;
  }
  assert.fail('it was read');
});
