import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepConfigSecrets } from './keep-secrets.ts';

test('secrets written into a configuration are moved beside it', () => {
  const { config, secrets } = keepConfigSecrets({
    dialect: 'postgres',
    password: 'hunter2',
    headers: {
      Authorization: 'Bearer abc',
      Accept: 'text/plain',
      'X-Trace': 'sk-0123456789abcdef',
    },
    documentHeaders: { Cookie: 'a=b' },
    env: { API_TOKEN: 'abc', HOME: '/tmp' },
    subscriptions: { connectionParams: { token: 'abc' } },
    credentials: { key: { value: 'abc' }, basic: { username: 'u', password: 'p' } },
    document: { password: 'of the document' },
  });
  assert.deepEqual(config, {
    dialect: 'postgres',
    password: '${PASSWORD}',
    headers: {
      Authorization: '${HEADER_AUTHORIZATION}',
      Accept: 'text/plain',
      'X-Trace': '${HEADER_X_TRACE}',
    },
    documentHeaders: { Cookie: '${DOCUMENT_HEADER_COOKIE}' },
    env: { API_TOKEN: '${ENV_API_TOKEN}', HOME: '/tmp' },
    subscriptions: { connectionParams: { token: '${PARAM_TOKEN}' } },
    credentials: {
      key: { value: '${KEY_VALUE}' },
      basic: { username: 'u', password: '${BASIC_PASSWORD}' },
    },
    document: { password: 'of the document' },
  });
  assert.deepEqual(secrets, {
    PASSWORD: 'hunter2',
    HEADER_AUTHORIZATION: 'Bearer abc',
    HEADER_X_TRACE: 'sk-0123456789abcdef',
    DOCUMENT_HEADER_COOKIE: 'a=b',
    ENV_API_TOKEN: 'abc',
    PARAM_TOKEN: 'abc',
    KEY_VALUE: 'abc',
    BASIC_PASSWORD: 'p',
  });
});

test('what only refers to a secret stays, and no name is taken twice', () => {
  const given = { PASSWORD: 'one', OTHER: 'two' };
  const referring = {
    password: 'literal',
    headers: { Authorization: 'Bearer ${OTHER}', 'X-Key': 'abc', X_Key: 'def' },
    url: 'https://example.com/${HEADER_X_KEY}',
    credentials: { type: 'bearer', token: 'refused elsewhere' },
  };
  const { config, secrets } = keepConfigSecrets(referring, given);
  assert.deepEqual(config, {
    ...referring,
    password: '${PASSWORD_2}',
    headers: {
      Authorization: 'Bearer ${OTHER}',
      'X-Key': '${HEADER_X_KEY_2}',
      X_Key: '${HEADER_X_KEY_3}',
    },
  });
  assert.deepEqual(secrets, {
    ...given,
    PASSWORD_2: 'literal',
    HEADER_X_KEY_2: 'abc',
    HEADER_X_KEY_3: 'def',
  });
});
