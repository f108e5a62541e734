import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { bundleFiles } from '../document/bundle-files.ts';
import type { CompiledDocument, CompiledOperation } from '../model/compiled-document.ts';
import { buildRequest } from '../request/build-request.ts';
import { compile } from './compile.ts';

const text = { type: 'string' };

const compiled = (operation: JsonObject, path = '/x', more: JsonObject = {}): CompiledDocument =>
  compile({
    openapi: '3.1.0',
    info: {},
    servers: [{ url: 'https://api.example' }],
    paths: { [path]: { post: operation } },
    ...more,
  });

function only(operation: JsonObject, path?: string, more?: JsonObject): CompiledOperation {
  const { operations } = compiled(operation, path, more);
  assert.ok(operations[0] !== undefined);
  return operations[0];
}

const inPath = (name: string, schema: JsonObject = text): JsonObject => ({
  name,
  in: 'path',
  required: true,
  schema,
});

const bodyOf = (mediaType: string, schema: Json): JsonObject => ({
  requestBody: { required: true, content: { [mediaType]: { schema } } },
});

const shown = (operation: CompiledOperation, name: string): JsonObject => {
  const properties = operation.tool.inputSchema['properties'];
  const found = isJsonObject(properties) ? properties[name] : undefined;
  assert.ok(isJsonObject(found), name);
  return found;
};

describe('a template with a query', () => {
  const url = (path: string, parameters: readonly JsonObject[], given: JsonObject): string =>
    buildRequest(only({ parameters }, path), given, {}).url.slice('https://api.example'.length);

  test('is filled with the parameters it names, wherever they are said to be', () => {
    const lat = inPath('lat');
    const q = { name: 'q', in: 'query', schema: text };
    const cases: readonly [string, readonly JsonObject[], JsonObject, string][] = [
      ['/a?lat={lat}', [lat], { lat: '1&b=2' }, '/a?lat=1%26b%3D2'],
      ['/a?latitude={lat}&v=1', [lat], { lat: 1.5 }, '/a?latitude=1.5&v=1'],
      ['/a/{lat}?at={lat}', [lat], { lat: 'x' }, '/a/x?at=x'],
      ['/a?box={w},{e}', [inPath('w'), inPath('e')], { w: 1, e: 2 }, '/a?box=1,2'],
      ['/a?search={q}', [q], { q: 'é' }, '/a?search=%C3%A9'],
      ['/a?search={q}&v=1', [q], {}, '/a?v=1'],
      ['/a?q={q}', [q], { q: 'x' }, '/a?q=x'],
      ['/a?lat={lat}', [], { lat: 'x' }, '/a?lat=x'],
      ['/a{?q}', [q], { q: 'x' }, '/a?q=x'],
      ['/a{?lat,q}', [lat, q], { lat: 'y' }, '/a?lat=y'],
      ['/a?v=1{&q}', [q], { q: 'x' }, '/a?v=1&q=x'],
    ];
    for (const [path, parameters, given, expected] of cases) {
      assert.equal(url(path, parameters, given), expected, path);
    }
    assert.throws(() => url('/a?lat={lat}', [lat], {}), /"lat" is required/);
    assert.equal(url('/a?l={lat}', [lat], { lat: '../..' }), '/a?l=..%2F..');
  });
});

describe('headers that a document must not describe', () => {
  test('are neither asked of a model nor sent in place of what the body is', () => {
    const headers = ['Content-Type', 'accept', 'Authorization'].map((name) => ({
      name,
      in: 'header',
      required: true,
      schema: { type: 'string', default: 'text/plain' },
    }));
    const operation = only({ parameters: headers, ...bodyOf('application/json', {}) });
    assert.deepEqual(Object.keys(operation.tool.inputSchema['properties'] ?? {}), ['body']);
    const request = buildRequest(operation, { body: {} }, {});
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['accept'], 'application/json, */*;q=0.5');
  });
});

describe('references that lead nowhere', () => {
  test('are diagnostics of their operation', () => {
    const nowhere = { $ref: '#/components/nowhere' };
    const cases: readonly [JsonObject, RegExp][] = [
      [{ requestBody: nowhere }, /request body .*leads nowhere/],
      [{ requestBody: { content: { 'application/json': nowhere } } }, /media type .*leads nowhere/],
      [{ responses: { 200: nowhere } }, /response 200 .*leads nowhere/],
      [{ responses: { 200: { headers: { 'X-A': nowhere } } } }, /header "X-A" .*leads nowhere/],
      [{ responses: { 200: { content: { 'text/plain': nowhere } } } }, /media type .*nowhere/],
    ];
    for (const [operation, words] of cases) {
      const { operations, diagnostics } = compiled(operation);
      assert.equal(operations.length, 1);
      const [found] = diagnostics.filter(({ code }) => code === 'unresolved_reference');
      assert.equal(found?.operation, 'POST /x');
      assert.match(found.text, words);
    }
  });
});

describe('the type that a body shows is the type that a call takes', () => {
  test('bytes are base64 whatever the schema says', () => {
    const operation = only(
      bodyOf('application/octet-stream', { type: 'object', description: 'A.' }),
    );
    assert.deepEqual(shown(operation, 'body'), {
      type: 'string',
      description: 'A. (base64)',
      contentEncoding: 'base64',
    });
    const { body } = buildRequest(operation, { body: 'aGk=' }, {});
    assert.equal(String(body), 'hi');
  });

  test('parts are members of an object', () => {
    const operation = only(bodyOf('multipart/form-data', { type: 'string', format: 'binary' }));
    assert.equal(shown(operation, 'body')['type'], 'object');
    const { body } = buildRequest(operation, { body: { file: 'aGk=' } }, {});
    assert.match(String(body), /name="file"; filename="file"[\s\S]*\r\n\r\nhi\r\n/);
    const form = only(bodyOf('multipart/form-data', { type: 'string' }));
    assert.equal(shown(form, 'body')['type'], 'object');
    assert.match(String(buildRequest(form, { body: { a: 'x' } }, {}).body), /name="a"\r\n\r\nx/);
  });

  test('contentEncoding binary is a file', () => {
    const properties = { file: { type: 'string', contentEncoding: 'binary' } };
    const operation = only(bodyOf('multipart/form-data', { type: 'object', properties }));
    const { body } = buildRequest(operation, { body: { file: 'aGk=' } }, {});
    assert.match(String(body), /filename="file"[\s\S]*\r\n\r\nhi\r\n/);
  });
});

describe('files of a document', () => {
  test('a name that is also a keyword keeps its reference', () => {
    const there = { $ref: 'other.json#/A' };
    const root = bundleFiles(
      {
        paths: { '/a': { get: { responses: { default: there } } } },
        components: {
          schemas: {
            S: {
              properties: { default: there, enum: there, 'x-own': there, properties: there },
              default: { $ref: 'data' },
              example: there,
            },
          },
        },
      },
      { 'other.json': { A: { type: 'string' } } },
    );
    const found = [...JSON.stringify(root).matchAll(/#\/x-bundled-files\/other\.json\/A/g)];
    assert.equal(found.length, 5);
    assert.match(JSON.stringify(root), /"example":\{"\$ref":"other.json#\/A"\}/);
  });
});
