import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { clientSettings, databasePlace } from './client-settings.ts';

const url = 'postgres://me:secret@db.example:6432/gateway';
const settings = { url, poolMax: 3, connectMs: 1_000, statementMs: 2_000 };

test('every wait of a connection has a limit', () => {
  const client = clientSettings(settings);
  assert.equal(client.connectionTimeoutMillis, 1_000);
  assert.equal(client.statement_timeout, 2_000);
  assert.equal(client.query_timeout, 2_000 + limits.databaseGraceMs);
  assert.equal(client.idle_in_transaction_session_timeout, limits.databaseIdleInTransactionMs);
});

test('a server elsewhere must prove who it is, unless the operator says otherwise', () => {
  const verified = { rejectUnauthorized: true, servername: 'db.example' };
  assert.deepEqual(clientSettings(settings).ssl, verified);
  const withCa = clientSettings({ ...settings, tlsCa: 'PEM' }).ssl;
  assert.deepEqual(withCa, { ...verified, ca: 'PEM' });
  const encrypted = { rejectUnauthorized: false, servername: 'db.example' };
  assert.deepEqual(clientSettings({ ...settings, tlsMode: 'encrypt' }).ssl, encrypted);
  assert.equal(clientSettings({ ...settings, tlsMode: 'off' }).ssl, false);
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    assert.equal(clientSettings({ ...settings, url: `postgres://${host}/x` }).ssl, false, host);
  }
  const address = clientSettings({ ...settings, url: 'postgres://192.0.2.1/x' }).ssl;
  assert.deepEqual(address, { rejectUnauthorized: true });
});

test('a database is named without its password', () => {
  assert.equal(databasePlace(url), 'db.example:6432/gateway');
  assert.equal(databasePlace('postgres://localhost/x'), 'localhost:5432/x');
});

test('64-bit integers come as numbers while a number can hold them', () => {
  const read = clientSettings(settings).types?.getTypeParser(20) as (text: string) => unknown;
  assert.equal(read('9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(read('9007199254740992'), 9_007_199_254_740_992n);
});
