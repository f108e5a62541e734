import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import type { Egress, EgressRequest } from '../../../kernel/egress.ts';
import { buildRequest, type BuiltRequest } from '../request/build-request.ts';
import { compile } from '../compile/compile.ts';
import { openapiConfig, type OpenapiConfig } from '../prepare/config.ts';
import { createAuthorize } from './create-authorize.ts';
import { createTokenSource } from './oauth-tokens.ts';

const securitySchemes = {
  head: { type: 'apiKey', in: 'header', name: 'X-Key' },
  query: { type: 'apiKey', in: 'query', name: 'api key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'Bearer' },
  digest: { type: 'http', scheme: 'hoba' },
  oauth: {
    type: 'oauth2',
    flows: { clientCredentials: { tokenUrl: 'https://auth.example/token', scopes: {} } },
  },
};

const document = (security: JsonObject[] | undefined): JsonObject => ({
  openapi: '3.0.3',
  info: {},
  servers: [{ url: 'https://api.example' }],
  security: [{ bearer: [] }],
  paths: {
    '/x': {
      get: {
        ...(security === undefined ? {} : { security }),
        parameters: [
          { name: 'api key', in: 'query', schema: {} },
          { name: 'sid', in: 'cookie', schema: {} },
        ],
      },
    },
  },
  components: { securitySchemes },
});

interface Case {
  readonly credentials: OpenapiConfig['credentials'];
  readonly security?: JsonObject[];
  readonly args?: JsonObject;
  readonly headers?: OpenapiConfig['headers'];
  readonly origins?: readonly string[];
}

const secrets: Readonly<Record<string, string>> = { stored: 's3cret' };

const silent: Egress = {
  request: () => Promise.reject(new Error('no request expected')),
  connect: () => Promise.reject(new Error('no connection expected')),
  openWebSocket: () => Promise.reject(new Error('no socket expected')),
};

async function authorized(given: Case): Promise<BuiltRequest> {
  const compiled = compile(document(given.security));
  const [operation] = compiled.operations;
  assert.ok(operation !== undefined);
  const secret = (name: string): Promise<string> => Promise.resolve(secrets[name] ?? '');
  const authorize = createAuthorize(
    { credentials: given.credentials, headers: given.headers },
    {
      schemes: compiled.service.securitySchemes,
      origins: new Set(given.origins ?? ['https://api.example']),
      secret,
      tokens: createTokenSource(silent, secret),
    },
  );
  return await authorize(buildRequest(operation, given.args ?? {}, {}), operation.plan);
}

const one = (value: string) => ({ value });

describe('credentials', () => {
  test('go where their scheme says', async () => {
    const places: readonly [string, string, (request: BuiltRequest) => unknown][] = [
      ['head', 'k', ({ headers }) => headers['x-key']],
      ['query', 'k', ({ url }) => new URL(url).searchParams.get('api key')],
      ['cookie', 'sid=k', ({ headers }) => headers['cookie']],
      ['bearer', 'Bearer k', ({ headers }) => headers['authorization']],
      ['digest', 'hoba k', ({ headers }) => headers['authorization']],
    ];
    for (const [scheme, expected, read] of places) {
      const request = await authorized({
        credentials: { [scheme]: one('k') },
        security: [{ [scheme]: [] }],
      });
      assert.equal(read(request), expected, scheme);
    }
    const basic = await authorized({
      credentials: { basic: { username: 'u', password: '${stored}' } },
      security: [{ basic: [] }],
    });
    assert.equal(basic.headers['authorization'], `Basic ${btoa('u:s3cret')}`);
  });

  test('all schemes of an alternative are sent, of the first one that is complete', async () => {
    const security = [{ basic: [] }, { head: [], query: [] }, { bearer: [] }];
    const credentials = { head: one('h'), query: one('q'), bearer: one('b') };
    const request = await authorized({ credentials, security });
    assert.equal(request.headers['x-key'], 'h');
    assert.match(request.url, /\?api%20key=q$/);
    assert.equal(request.headers['authorization'], undefined);
  });

  test('the document’s security is the default; an empty list sends nothing', async () => {
    const credentials = { bearer: one('b') };
    assert.equal((await authorized({ credentials })).headers['authorization'], 'Bearer b');
    assert.equal(
      (await authorized({ credentials, security: [] })).headers['authorization'],
      undefined,
    );
    const optional = await authorized({ credentials, security: [{}, { bearer: [] }] });
    assert.equal(optional.headers['authorization'], 'Bearer b');
    const foreign = await authorized({ credentials, security: [{ head: [] }] });
    assert.equal(foreign.headers['authorization'], undefined);
  });

  test('replace what an argument put in their place', async () => {
    const credentials = { query: one('mine'), cookie: one('mine') };
    const security = [{ query: [], cookie: [] }];
    const args = { api_key: 'theirs', sid: 'theirs' };
    const request = await authorized({ credentials, security, args });
    assert.deepEqual(new URL(request.url).searchParams.getAll('api key'), ['mine']);
    assert.equal(request.headers['cookie'], 'sid=mine');
  });

  test('never go to another origin, configured headers neither', async () => {
    const given = {
      credentials: { bearer: one('b') },
      headers: { 'X-Tenant': 'a ${stored}' },
    };
    assert.equal((await authorized(given)).headers['x-tenant'], 'a s3cret');
    for (const origin of [
      'https://other.example',
      'http://api.example',
      'https://api.example:444',
    ]) {
      const request = await authorized({ ...given, origins: [origin] });
      assert.equal(request.headers['authorization'], undefined);
      assert.equal(request.headers['x-tenant'], undefined);
    }
  });

  test('a value with a line break is refused', async () => {
    await assert.rejects(authorized({ credentials: { bearer: one('a\r\nX: y') } }), /line breaks/);
  });
});

describe('access tokens', () => {
  const fake = (answers: readonly (readonly [number, string])[]) => {
    const seen: EgressRequest[] = [];
    const egress: Egress = {
      ...silent,
      request: (request) => {
        const [status, body] = answers[Math.min(seen.length, answers.length - 1)] ?? [500, ''];
        seen.push(request);
        return Promise.resolve({
          status,
          headers: {},
          bytes: () => Promise.resolve(Buffer.from(body)),
          stream: () => assert.fail('the token is read whole'),
          discard: () => {},
        });
      },
    };
    return { egress, seen };
  };
  const credential = { clientId: 'i d', clientSecret: 'p:w' };
  const good = [200, '{"access_token":"t1","expires_in":100}'] as const;
  const secret = (): Promise<string> => Promise.reject(new Error('no secret expected'));

  test('are fetched once, kept until shortly before their end, dropped when refused', async () => {
    let now = 0;
    const { egress, seen } = fake([good, [200, '{"access_token":"t2","expires_in":100}']]);
    const tokens = createTokenSource(egress, secret, () => now);
    const get = (): Promise<string> =>
      tokens.get(credential, 'https://auth.example/token', ['a', 'b']);
    assert.deepEqual(await Promise.all([get(), get()]), ['t1', 't1']);
    now = 69_000;
    assert.equal(await get(), 't1');
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.body, 'grant_type=client_credentials&scope=a+b');
    assert.equal(seen[0]?.headers['authorization'], `Basic ${btoa('i%20d:p%3Aw')}`);
    now = 71_000;
    assert.equal(await get(), 't2');
    tokens.forget();
    await get();
    assert.equal(seen.length, 3);
  });

  test('that nobody can use are refused', async () => {
    const cases = [
      [200, 'no JSON'],
      [200, '[]'],
      [200, '{"token_type":"bearer"}'],
      [200, '{"access_token":7}'],
      [200, '{"access_token":"a\\nb"}'],
      [201, '{"access_token":"t"}'],
      [204, ''],
      [302, ''],
      [401, '{"error":"invalid_client"}'],
      [500, 'no JSON'],
    ] as const;
    for (const [status, body] of cases) {
      const { egress, seen } = fake([[status, body]]);
      const got = createTokenSource(egress, secret).get(credential, 'http://a.example/t', []);
      const text = `The token endpoint gave no token (HTTP ${status}).`;
      await assert.rejects(got, { code: 'upstream_failed', message: text }, body);
      assert.equal(seen.length, 1);
    }
  });

  test('come from servers that take liberties, too', async () => {
    const lives = ['"100"', '100.5', '-1', '"soon"', 'null'];
    for (const life of lives) {
      const body = `{"access_token":"t","token_type":"JWT","expires_in":${life},"id_token":"x"}`;
      const { egress, seen } = fake([[200, body]]);
      const tokens = createTokenSource(egress, secret);
      const url = 'http://a.example/t';
      assert.equal(await tokens.get({ ...credential, audience: 'api' }, url, []), 't', life);
      assert.equal(seen[0]?.body, 'grant_type=client_credentials&audience=api');
      assert.equal(seen[0]?.headers['user-agent'], undefined);
    }
  });

  test('a refusal is not kept', async () => {
    const { egress, seen } = fake([[400, '{"error":"invalid_client"}'], good]);
    const tokens = createTokenSource(egress, secret);
    const get = (): Promise<string> => tokens.get(credential, 'https://auth.example/token', []);
    await assert.rejects(get(), { code: 'upstream_failed' });
    assert.equal(await get(), 't1');
    assert.equal(seen.length, 2);
  });
});

test('the configuration refuses what it does not know', () => {
  const good: JsonObject = {
    document: 'https://api.example/openapi.json',
    credentials: { a: { value: '${s}' } },
  };
  assert.ok(openapiConfig.safeParse(good).success);
  for (const bad of [
    {},
    { ...good, unknown: 1 },
    { document: '' },
    { ...good, credentials: { a: { token: 'x' } } },
    { ...good, credentials: { a: { value: { secret: 's' } } } },
  ]) {
    assert.ok(!openapiConfig.safeParse(bad).success, JSON.stringify(bad));
  }
});
