import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../../../kernel/limits.ts';
import { isSecretName, MASK, maskConfig, refuseMasks } from './mask-config.ts';

const CANARY = 'CANARY-3f9a';

describe('a configuration that is shown', () => {
  test('hides what a name or a form gives away as secret', () => {
    const hidden = {
      headers: { Authorization: `Bearer ${CANARY}`, 'X-Api-Key': CANARY, Cookie: `a=${CANARY}` },
      env: { GITHUB_TOKEN: CANARY, DB_PASSWORD: CANARY, AWS_SECRET_ACCESS_KEY: CANARY },
      auth: { type: 'basic', password: CANARY, clientSecret: CANARY },
      args: ['--api-key', CANARY, `--token=${CANARY}`, '-p', 'x', '--password', CANARY],
      url: `https://user:${CANARY}@host/path?access_token=${CANARY}#key=${CANARY}`,
      keys: [CANARY, CANARY],
      plain: `Bearer ${CANARY}`,
      note: 'sk-CANARY-3f9a-0123456789',
      nested: [{ deep: [{ apiSecret: CANARY }] }],
    };
    const text = JSON.stringify(maskConfig(hidden));
    assert.doesNotMatch(text, new RegExp(CANARY));
    assert.ok(text.split(MASK).length >= 16);
  });

  test('shows what is not secret', () => {
    const open = {
      url: 'https://host/path?page=1#part',
      headers: { Authorization: 'Bearer ${TOKEN}', 'X-Api-Key': '${KEY}', Accept: 'text/plain' },
      auth: { type: 'bearer', tokenUrl: 'https://host/oauth', apiKeyName: 'X-Key' },
      database: 'postgres://${USER}:${PASSWORD}@host/db',
      args: ['--verbose', '--port', '80', '--token=${TOKEN}', '--key', '--quiet'],
      maxTokens: 5,
      secretsEnabled: true,
      nothing: null,
    };
    assert.deepEqual(maskConfig(open), open);
  });

  test('never shows the value of a secret name, wherever it stands', () => {
    const name = fc.constantFrom('password', 'Authorization', 'API_KEY', 'x-auth-token');
    const place = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.dictionary(name, fc.constant(CANARY), { minKeys: 1 }),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(place, (value) => {
        const shown = JSON.stringify(maskConfig({ top: value as never }));
        assert.ok(!shown.includes(CANARY), shown);
      }),
    );
  });

  test('leaves out a value above configShownCharactersMax', () => {
    const max = limits.configShownCharactersMax;
    assert.deepEqual(maskConfig({ a: 'x'.repeat(max) }), { a: 'x'.repeat(max) });
    const long = maskConfig({ a: 'x'.repeat(max + 1), b: { c: ['x'.repeat(max)] }, d: 1 });
    assert.deepEqual(long, {
      a: `${MASK} (too long to show)`,
      b: `${MASK} (too long to show)`,
      d: 1,
    });
  });

  test('is refused when it comes back masked', () => {
    refuseMasks({ a: 'x', b: [1, null, { c: 'y' }] }, 'config');
    const masked = maskConfig({ headers: { Cookie: 'abc' }, url: 'https://a:b@host/' });
    assert.throws(() => refuseMasks(masked, 'config'), {
      code: 'invalid_params',
      data: {
        errors: ['config.headers.Cookie', 'config.url'].map((field) => ({
          field,
          problem: 'holds the mask, not a value',
          fix: 'Send the real value, or put it into secrets and refer to it as ${NAME}.',
        })),
      },
    });
  });

  test('names about a secret are not names of one', () => {
    for (const name of ['tokenUrl', 'authType', 'api_key_name', 'cookieName', 'keyIn']) {
      assert.equal(isSecretName(name), false, name);
    }
    for (const name of [
      'token',
      'apikey',
      'X-API-KEY',
      'PGPASSWORD',
      'client_secret',
      'login_pwd',
    ]) {
      assert.equal(isSecretName(name), true, name);
    }
  });
});
