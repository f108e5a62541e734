import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import { buildRequest, type BuiltRequest } from './build-request.ts';
import { compile } from '../compile/compile.ts';
import { isDeniedHeader } from './denied-headers.ts';
import { percentEncode, percentEncodeReserved } from './percent-encode.ts';
import type { RequestBase } from './resolve-server.ts';
import { writeBody } from './write-body.ts';

const operationOf = (operation: JsonObject, path = '/x', more: JsonObject = {}) => {
  const { operations } = compile({
    openapi: '3.1.0',
    info: {},
    servers: [{ url: 'https://api.example/v1/' }],
    paths: { [path]: { post: operation } },
    ...more,
  });
  const [first] = operations;
  assert.ok(first !== undefined);
  return first;
};

const build = (
  operation: JsonObject,
  given: JsonObject,
  path?: string,
  base?: RequestBase,
): BuiltRequest => buildRequest(operationOf(operation, path), given, base ?? {});

const text = { type: 'string' };
const query = { parameters: [{ name: 'q', in: 'query', schema: text }] };

describe('arguments', () => {
  test('a wrong argument is named, with the fix', () => {
    const operation = {
      parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    };
    const cases: readonly [JsonObject, string, RegExp][] = [
      [{ body: {} }, 'id', /"id" is required/],
      [{ id: 'x' }, 'body', /"body" is required/],
      [{ id: 'x', body: {}, idd: 1 }, 'idd', /not known; this tool takes: id, body/],
      [{ id: '..', body: {} }, 'id', /"\.\."/],
      [{ id: null, body: {} }, 'id', /required/],
      [{ id: '%2e%2E', body: {} }, 'id', /"\.\."/],
      [{ id: 'x/%252e%252e/y', body: {} }, 'id', /"\.\."/],
      [{ id: '．．', body: {} }, 'id', /"\.\."/],
    ];
    for (const [given, argument, words] of cases) {
      assert.throws(
        () => build(operation, given, '/x/{id}'),
        (error: unknown) =>
          error instanceof ArgumentError &&
          error.argument === argument &&
          words.test(error.message),
      );
    }
  });

  test('members of Object are not arguments', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const given = JSON.parse(`{"${name}":"x"}`) as JsonObject;
      assert.throws(() => build(query, given), ArgumentError);
    }
    assert.equal(build(query, {}).url, 'https://api.example/v1/x');
  });

  test('nesting ends somewhere (toolArgumentDepthMax)', () => {
    const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);
    const operation = { requestBody: { content: { 'application/json': { schema: {} } } } };
    build(operation, { body: nested(limits.toolArgumentDepthMax) });
    assert.throws(
      () => build(operation, { body: nested(limits.toolArgumentDepthMax + 2) }),
      /nested deeper/,
    );
  });

  test('a body ends somewhere (toolRequestBodyBytesMax)', () => {
    const { body } = operationOf({
      requestBody: { content: { 'text/plain': { schema: text } } },
    }).plan;
    assert.ok(body !== undefined);
    const longest = 'x'.repeat(limits.toolRequestBodyBytesMax);
    assert.equal(writeBody(body, longest).bytes.byteLength, longest.length);
    assert.throws(() => writeBody(body, `${longest}x`), /larger than/);
  });
});

describe('percent-encoding', () => {
  test('is undone by every decoder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        assert.equal(decodeURIComponent(percentEncode(value)), value.toWellFormed());
      }),
    );
  });

  test('of reserved characters never ends a component', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        assert.ok(!/[#&+[\]\s"<>]/.test(percentEncodeReserved(value, 'query')));
        assert.ok(!/[/?#[\]\s"<>]/.test(percentEncodeReserved(value, 'path')));
        assert.ok(!/%(?![0-9A-Fa-f]{2})/.test(percentEncodeReserved(value, 'query')));
      }),
    );
  });
});

describe('paths', () => {
  const operation = { parameters: [{ name: 'p', in: 'path', required: true, schema: text }] };

  test('a slash is encoded, or refused when configured so', () => {
    assert.match(build(operation, { p: 'a/b' }, '/f/{p}').url, /\/f\/a%2Fb$/);
    for (const given of ['a/b', 'a\\b', 'a%2fb', 'a／b']) {
      assert.throws(
        () => build(operation, { p: given }, '/f/{p}', { pathSlash: 'refuse' }),
        ArgumentError,
        given,
      );
    }
  });

  test('text of the template cannot be completed to a dot segment', () => {
    assert.throws(() => build(operation, { p: '.' }, '/f/.{p}/x'), ArgumentError);
    assert.throws(() => build(operation, { p: '/a' }, '/f/.{p}/x'), ArgumentError);
    assert.match(build(operation, { p: 'a' }, '/f/.{p}/x').url, /\/f\/\.a\/x$/);
  });

  test('a value that the document lists may hold slashes when it says so', () => {
    const listed = {
      parameters: [
        {
          name: 'p',
          in: 'path',
          required: true,
          'x-ms-skip-url-encoding': true,
          schema: { type: 'string', enum: ['a/b/c', '../x'] },
        },
      ],
    };
    assert.match(build(listed, { p: 'a/b/c' }, '/f/{p}').url, /\/f\/a\/b\/c$/);
    assert.match(build(listed, { p: 'a/b' }, '/f/{p}').url, /\/f\/a%2Fb$/);
    assert.throws(() => build(listed, { p: '../x' }, '/f/{p}'), ArgumentError);
  });
});

describe('headers', () => {
  test('those of identity, framing and hops are denied', () => {
    const denied = [
      'Host',
      'authorization',
      'Cookie',
      'Content-Length',
      'transfer-encoding',
      'Connection',
      'Upgrade',
      'TE',
      'Proxy-Authorization',
      'proxy-foo',
      'Mcp-Name',
      'X-Forwarded-Host',
      'Forwarded',
      'Sec-Fetch-Site',
      'bad name',
      'a:b',
      'x\r\ny',
      '',
    ];
    for (const name of denied) assert.ok(isDeniedHeader(name), name);
    for (const name of ['Accept', 'X-Id', 'If-Match', 'Prefer'])
      assert.ok(!isDeniedHeader(name), name);
  });

  test('values cannot start another header or leave Latin-1', () => {
    const operation = { parameters: [{ name: 'X-H', in: 'header', schema: {} }] };
    assert.equal(build(operation, { 'X-H': ' é\tx ' }).headers['x-h'], 'é\tx');
    for (const given of ['a\r\nb', 'a\nb', 'a\0', '日', ['a', 'b\r\nc']]) {
      assert.throws(() => build(operation, { 'X-H': given }), ArgumentError, JSON.stringify(given));
    }
  });

  test('Accept asks for what the operation documents', () => {
    const responses = { '200': { content: { 'application/pdf': {}, 'application/xml': {} } } };
    assert.equal(build({ responses }, {}).headers['accept'], 'application/pdf, */*;q=0.5');
    assert.equal(build({}, {}).headers['accept'], 'application/json, */*;q=0.5');
  });
});

describe('servers', () => {
  const url = (
    servers: readonly JsonObject[],
    base: RequestBase,
    own?: readonly JsonObject[],
  ): string => {
    const operation = operationOf(own === undefined ? {} : { servers: own }, '/x', { servers });
    return buildRequest(
      operation,
      {},
      { mainServer: { url: servers[0]?.['url'] as string }, ...base },
    ).url;
  };
  const main = [{ url: 'https://api.example/v1' }];

  test('the operation’s own server wins; a configured base replaces the main one', () => {
    assert.equal(url(main, {}), 'https://api.example/v1/x');
    assert.equal(url(main, {}, [{ url: 'https://up.example' }]), 'https://up.example/x');
    const base = { baseUrl: 'http://127.0.0.1:9/root/' };
    assert.equal(url(main, base), 'http://127.0.0.1:9/root/x');
    assert.equal(url(main, base, [{ url: 'https://api.example/v2' }]), 'http://127.0.0.1:9/v2/x');
    assert.equal(url(main, base, [{ url: 'https://up.example/u' }]), 'https://up.example/u/x');
  });

  test('a relative server is resolved against the document, or refused', () => {
    const relative = [{ url: '../v2' }];
    assert.equal(
      url(relative, { documentUrl: 'https://h.example/docs/a/api.json' }),
      'https://h.example/docs/v2/x',
    );
    assert.throws(() => url(relative, {}), /not an absolute address; configure "baseUrl"/);
    for (const bad of ['ftp://h/x', 'https://u:p@h/', 'https://{host}/']) {
      assert.throws(() => url([{ url: bad }], {}), { code: 'invalid_configuration' }, bad);
    }
  });

  test('variables have their defaults, or what was configured', () => {
    const servers = [
      {
        url: 'https://{r}.example/{v}',
        variables: { r: { default: 'eu', enum: ['eu', 'us'] }, v: { default: 'v1' } },
      },
    ];
    const root = { openapi: '3.0.0', info: {}, servers, paths: { '/x': { get: {} } } };
    const first = (serverVariables: Readonly<Record<string, string>>) =>
      compile(root, { serverVariables });
    assert.equal(first({}).operations[0]?.plan.servers[0]?.url, 'https://eu.example/v1');
    assert.equal(first({ r: 'us' }).operations[0]?.plan.servers[0]?.url, 'https://us.example/v1');
    assert.equal(first({ r: 'mars' }).diagnostics[0]?.code, 'server_variable');
  });

  test('2.0 builds its server from schemes, host and basePath', () => {
    const server = (more: JsonObject): string | undefined =>
      compile({ swagger: '2.0', info: {}, paths: {}, ...more }).service.servers[0]?.url;
    assert.equal(
      server({ host: 'h.example', basePath: '/b', schemes: ['http', 'https'] }),
      'https://h.example/b',
    );
    assert.equal(server({ host: 'h.example', schemes: ['http'] }), 'http://h.example');
    assert.equal(server({ basePath: 'b' }), '/b');
  });
});
