/** User and password in the URL of a server: nothing of them is left in what is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountIn, withoutAccount } from '../../../src/domain/server-url.ts';

const cases = [
  ['https://joe:S3CRETPW@host', 'https://host', { username: 'joe', password: 'S3CRETPW' }],
  ['HTTPS://joe:a%40b:c@host:6443/base', 'HTTPS://host:6443/base', { username: 'joe', password: 'a@b:c' }],
  ['joe:100%@host:6443', 'host:6443', { username: 'joe', password: '100%' }],
  ['https://a:b@c@host?x=@y', 'https://host?x=@y', { username: 'a', password: 'b@c' }],
  ['https://joe@host', 'https://host', { username: 'joe', password: '' }],
  ['https://host:6443/k8s/@joe', 'https://host:6443/k8s/@joe', undefined],
  ['host:6443', 'host:6443', undefined],
] as const;

for (const [server, shown, account] of cases) {
  test(`a server's URL is split from its account: ${server}`, () => {
    assert.deepEqual([withoutAccount(server), accountIn(server)], [shown, account]);
  });
}
