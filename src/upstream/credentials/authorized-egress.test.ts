import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Egress, EgressRequest, EgressResponse } from '../../kernel/egress.ts';
import { ConnectionNeeded, type RefusedCredential } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectorContext, UpstreamCaller } from '../contract.ts';
import { callerOf } from '../upstream.ts';
import { authorizedEgress, originOf } from './authorized-egress.ts';
import { createAuthorizer } from './authorizer.ts';
import { serviceCredential } from './service-credential.ts';

const URL_OF = 'https://api.example/mcp?a=1';

interface Answer {
  readonly status: number;
  readonly challenge?: string;
}

function world(credential: unknown, caller: UpstreamCaller, answers: readonly Answer[] = []) {
  const sent: EgressRequest[] = [];
  const discarded: number[] = [];
  const egress: Egress = {
    connect: () => Promise.reject(new Error('no connection expected')),
    openWebSocket: (request) => {
      sent.push({ ...request, method: 'GET' });
      return Promise.reject(new Error('not opened'));
    },
    request: (request) => {
      const { status, challenge } = answers[sent.push(request) - 1] ?? { status: 200 };
      const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
      const response = { status, headers, discard: () => void discarded.push(status) };
      return Promise.resolve(response as unknown as EgressResponse);
    },
  };
  const secrets: Readonly<Record<string, string>> = { KEY: 'k-1', BAD: 'a\r\nb' };
  const context = {
    caller: callerOf('ten_a', 'service:svc_1'),
    secret: (name: string) => Promise.resolve(secrets[name] ?? ''),
  } as unknown as ConnectorContext;
  const authorizer = createAuthorizer(serviceCredential.parse(credential), context, caller);
  const way = authorizedEgress(egress, new Set([originOf(URL_OF)]), authorizer);
  const ask = (url = URL_OF, headers: EgressRequest['headers'] = {}) =>
    way.request({ url, method: 'POST', headers, body: 'body' });
  return { ask, way, sent, discarded };
}

const nobody = callerOf('ten_a', 'key_1');

describe('the way out with credentials', () => {
  test('puts each kind where it belongs', async () => {
    const apiKey = { type: 'apiKey', value: '${KEY}' };
    const cases: readonly [unknown, (request: EgressRequest | undefined) => unknown, unknown][] = [
      [{ ...apiKey, in: 'header', name: 'X-Key' }, (it) => it?.headers['x-key'], 'k-1'],
      [
        { ...apiKey, in: 'query', name: 'key' },
        (it) => it?.url,
        'https://api.example/mcp?a=1&key=k-1',
      ],
      [{ ...apiKey, in: 'cookie', name: 'sid' }, (it) => it?.headers['cookie'], 'sid=k-1'],
      [
        { type: 'basic', username: 'u', password: '${KEY}' },
        (it) => it?.headers['authorization'],
        `Basic ${btoa('u:k-1')}`,
      ],
      [{ type: 'bearer', token: '${KEY}' }, (it) => it?.headers['authorization'], 'Bearer k-1'],
    ];
    for (const [credential, read, expected] of cases) {
      const { ask, sent } = world(credential, nobody);
      await ask();
      assert.equal(read(sent[0]), expected);
      assert.equal(sent[0]?.body, 'body');
    }
  });

  test('wins over what a request has, and goes to no other origin', async () => {
    const { ask, way, sent } = world({ type: 'bearer', token: '${KEY}' }, nobody);
    await ask(URL_OF, { authorization: 'Bearer forged' });
    assert.equal(sent[0]?.headers['authorization'], 'Bearer k-1');
    const others = [
      'https://evil.example/mcp',
      'http://api.example/mcp',
      'https://api.example:444/mcp',
      'https://api.example.evil.example/',
      'https://api.example@evil.example/',
    ];
    for (const url of others) {
      await ask(url);
      assert.equal(sent.at(-1)?.headers['authorization'], undefined, url);
    }
    const socket = { protocols: [], headers: {} };
    await assert.rejects(way.openWebSocket({ ...socket, url: 'wss://api.example/ws' }));
    assert.equal(sent.at(-1)?.headers['authorization'], 'Bearer k-1');
    await assert.rejects(way.openWebSocket({ ...socket, url: 'wss://evil.example/ws' }));
    assert.equal(sent.at(-1)?.headers['authorization'], undefined);
  });

  test('refuses what is no line, and secrets written into a configuration', async () => {
    const { ask, sent } = world({ type: 'bearer', token: '${BAD}' }, nobody);
    await assert.rejects(ask(), { code: 'invalid_configuration' });
    assert.equal(sent.length, 0);
    for (const open of [
      { type: 'bearer', token: 'plain' },
      { type: 'apiKey', in: 'header', name: 'x-key', value: 'plain' },
      { type: 'clientCredentials', clientId: 'c', clientSecret: 'plain' },
      { type: 'authorizationCode', clientId: 'c' },
      { type: 'bearer', token: '${KEY}', more: 1 },
    ]) {
      assert.equal(serviceCredential.safeParse(open).success, false, JSON.stringify(open));
    }
  });
});

describe('a refused token', () => {
  const personal = { type: 'authorizationCode' };

  function withTokens(tokens: readonly (string | Error)[]) {
    const refusals: (RefusedCredential | undefined)[] = [];
    const caller: UpstreamCaller = {
      ...nobody,
      credential: (_scheme, refused) => {
        const next = tokens[refusals.push(refused) - 1];
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
      },
    };
    return { caller, refusals };
  }

  test('is replaced once its successor is there; the refusal is thrown away', async () => {
    const { caller, refusals } = withTokens(['one', 'two']);
    const challenge = 'Bearer error="invalid_token"';
    const { ask, sent, discarded } = world(personal, caller, [{ status: 401, challenge }]);
    assert.equal((await ask()).status, 200);
    assert.deepEqual(
      sent.map(({ headers, body }) => [headers['authorization'], body]),
      [
        ['Bearer one', 'body'],
        ['Bearer two', 'body'],
      ],
    );
    assert.deepEqual(refusals[1], { token: 'one', status: 401, challenge });
    assert.deepEqual(discarded, [401]);
  });

  test('is not replaced for ever, and not where the service refuses something else', async () => {
    const many = withTokens(['1', '2', '3', '4', '5']);
    const again = { status: 401 };
    const endless = world(personal, many.caller, [again, again, again, again]);
    assert.equal((await endless.ask()).status, 401);
    assert.equal(endless.sent.length, 3);
    const other = withTokens(['1', '2']);
    const forbidden = world(personal, other.caller, [{ status: 403 }]);
    assert.equal((await forbidden.ask()).status, 403);
    assert.equal(forbidden.sent.length, 1);
  });

  test('ends with the question for the user, when that is the answer', async () => {
    const { caller, refusals } = withTokens(['one', new ConnectionNeeded('connect first')]);
    const challenge = 'Bearer error="insufficient_scope", scope="write"';
    const { ask, discarded } = world(personal, caller, [{ status: 403, challenge }]);
    await assert.rejects(ask(), { code: 'connection_required' });
    assert.equal(refusals[1]?.challenge, challenge);
    assert.deepEqual(discarded, [403]);
  });

  test('of nobody leaves the answer as it is', async () => {
    const { ask, sent } = world(personal, nobody, [{ status: 401 }]);
    assert.equal((await ask()).status, 401);
    assert.equal(sent[0]?.headers['authorization'], undefined);
  });
});
