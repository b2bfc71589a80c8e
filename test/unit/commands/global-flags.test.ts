import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionWords, usualFlags } from '../../../src/commands/global-flags.ts';

test('a command that is printed names the server without its password', () => {
  const words = connectionWords({ ...usualFlags, server: 'https://joe:S3CRETPW@api.shop.example' });
  assert.deepEqual(words, ['--server', 'https://api.shop.example']);
});
