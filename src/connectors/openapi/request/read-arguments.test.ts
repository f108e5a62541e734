import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseWithDigits } from '../../../kernel/json-digits.ts';
import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import { buildRequest, type BuiltRequest } from './build-request.ts';
import { compile } from '../compile/compile.ts';
import { isolatedOperation } from '../../../../test/support/isolated-operation.ts';

const long = '9223372036854775807';
const int64 = { type: 'integer', format: 'int64' };

const jsonBody = (schema: Json): JsonObject => ({
  requestBody: { required: true, content: { 'application/json': { schema } } },
});

const build = (operation: JsonObject, given: JsonObject, path = '/x'): BuiltRequest =>
  buildRequest(isolatedOperation(operation, path), given, {});

const parsed = (text: string): JsonObject => parseWithDigits(text, 100) as JsonObject;

describe('numbers of more digits than a JS number holds', () => {
  test('reach the API as they were sent, in bodies of any schema', () => {
    const body = `{"id":${long},"list":[1,-${long}],"rate":0.12345678901234567890}`;
    for (const schema of [{}, { type: 'object', properties: { id: int64 } }]) {
      const request = build(jsonBody(schema), parsed(`{"body":${body}}`));
      assert.equal(request.body?.toString(), body);
    }
  });

  test('reach it in paths, queries and forms', () => {
    const parameters = [
      { name: 'id', in: 'path', required: true, schema: int64 },
      { name: 'ids', in: 'query', explode: false, schema: { type: 'array', items: int64 } },
      { name: 'rate', in: 'query', schema: { type: 'number' } },
    ];
    const given = parsed(`{"id":${long},"ids":[${long},7],"rate":1.5E+2}`);
    const { url } = build({ parameters }, given, '/x/{id}');
    assert.match(url, new RegExp(`/x/${long}\\?ids=${long},7&rate=150$`));
    const form = {
      requestBody: { content: { 'application/x-www-form-urlencoded': { schema: {} } } },
    };
    const request = build(form, parsed(`{"body":{"id":${long}}}`));
    assert.equal(request.body?.toString(), `id=${long}`);
  });

  test('are what the caller gave last, not what was parsed first', () => {
    const given = { ...parsed(`{"body":${long}}`), body: 5 };
    assert.equal(build(jsonBody(int64), given).body?.toString(), '5');
  });

  test('a body of whatever numbers is written as JSON means it', () => {
    const number = fc.stringMatching(/^-?[1-9]\d{0,25}(\.\d{1,20})?$/);
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
        const request = build(jsonBody({}), parsed(`{"body":[${numbers.join(', ')}]}`));
        const written = request.body?.toString() ?? '';
        const sent = written.slice(1, -1).split(',');
        assert.equal(sent.length, numbers.length);
        for (const [at, digits] of numbers.entries()) {
          if (sent[at] === digits) continue;
          assert.equal(String(Number(digits)), sent[at]);
        }
      }),
    );
  });
});

describe('arguments with one possible value', () => {
  const required = (schema: JsonObject): JsonObject => ({
    parameters: [{ name: 'v', in: 'query', required: true, schema }],
  });

  test('may be left out, and may not when there is a choice', () => {
    assert.match(build(required({ enum: ['a'] }), {}).url, /\?v=a$/);
    assert.match(build(required({ type: 'string', default: 'd' }), {}).url, /\?v=d$/);
    assert.match(build(required({ enum: ['a'] }), { v: 'b' }).url, /\?v=b$/);
    assert.throws(() => build(required({ enum: ['a', 'b'] }), {}), ArgumentError);
    assert.throws(() => build(required({ type: 'string' }), {}), ArgumentError);
  });

  test('an optional one is not sent by itself', () => {
    const parameters = [{ name: 'v', in: 'query', schema: { enum: ['a'], default: 'a' } }];
    assert.match(build({ parameters }, {}).url, /\/x$/);
  });
});

describe('an empty path value', () => {
  const operation = (schema: JsonObject): JsonObject => ({
    parameters: [{ name: 'v', in: 'path', required: true, schema }],
  });

  test('is taken only when the document lists it', () => {
    const listed = operation({ type: 'string', enum: ['', '..'] });
    assert.match(build(listed, { v: '' }, '/x/{v}').url, /\/x\/$/);
    assert.throws(() => build(listed, { v: '..' }, '/x/{v}'), ArgumentError);
    for (const schema of [{ type: 'string' }, { type: 'string', enum: ['a'] }]) {
      assert.throws(() => build(operation(schema), { v: '' }, '/x/{v}'), /must not be empty/);
    }
  });
});

describe('what documents of Azure add', () => {
  const document = (more: JsonObject): JsonObject => ({
    swagger: '2.0',
    info: {},
    host: 'main.example',
    ...more,
  });

  test('paths that differ in their queries are operations of their own', () => {
    const comp = { name: 'comp', in: 'query', required: true, type: 'string', enum: ['list'] };
    const color = { name: 'color', in: 'query', required: true, type: 'string' };
    const { operations } = compile(
      document({
        paths: { '/pets': { get: { operationId: 'all' } } },
        'x-ms-paths': {
          '/pets?color={color}': { get: { operationId: 'byColor', parameters: [color] } },
          '/pets?comp=list': { get: { operationId: 'list', parameters: [comp] } },
          '/pets?comp=acl&x=1': { get: { operationId: 'acl' } },
        },
      }),
    );
    const urls = operations.map((operation) =>
      buildRequest(operation, operation.tool.name === 'byColor' ? { color: 'a b' } : {}, {}),
    );
    assert.deepEqual(
      urls.map(({ url }) => url).toSorted(),
      ['', '?color=a%20b', '?comp=acl&x=1', '?comp=list'].map(
        (query) => `https://main.example/pets${query}`,
      ),
    );
  });

  test('a host with parameters is filled from configuration or document, or not at all', () => {
    const host = (extension: JsonObject, serverVariables = {}) => {
      const { operations } = compile(
        document({
          'x-ms-parameterized-host': extension,
          parameters: { zone: { name: 'zone', in: 'path', type: 'string', default: 'eu' } },
          paths: { '/a': { get: { operationId: 'a' } } },
        }),
        { serverVariables },
      );
      const [operation] = operations;
      assert.ok(operation !== undefined);
      return buildRequest(operation, {}, {}).url;
    };
    const parameters = [
      { name: 'account', in: 'path', type: 'string' },
      { $ref: '#/parameters/zone' },
    ];
    const extension = { hostTemplate: '{account}.{zone}.example', parameters };
    assert.equal(host(extension, { account: 'me' }), 'https://me.eu.example/a');
    assert.equal(host(extension, { account: 'me', zone: 'us' }), 'https://me.us.example/a');
    const whole = { hostTemplate: 'http://{zone}.example', useSchemePrefix: false, parameters };
    assert.equal(host(whole), 'http://eu.example/a');
    assert.throws(() => host(extension), /configure/);
  });

  test('a file as a body is bytes', () => {
    const { operations } = compile(
      document({
        paths: {
          '/a': {
            put: {
              consumes: ['application/octet-stream'],
              parameters: [{ name: 'f', in: 'body', schema: { type: 'object', format: 'file' } }],
            },
          },
        },
      }),
    );
    const body = objectMember(objectMember(operations[0]?.tool.inputSchema, 'properties'), 'body');
    assert.equal(body?.['type'], 'string');
    assert.equal(body?.['contentEncoding'], 'base64');
  });
});
