import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { prepareDocument, type DocumentJob } from './prepare-document.ts';

const there = { $ref: 'paths/pets.yaml#/list' };
const root = (paths: JsonObject): JsonObject => ({ openapi: '3.1.0', info: {}, paths });
const job = (document: JsonObject, more: Partial<DocumentJob> = {}): DocumentJob => ({
  document,
  files: {},
  overlays: [],
  toolNameLengthMax: 64,
  config: {},
  ...more,
});

describe('a document of several files', () => {
  test('names the file that is missing, and where to give it', () => {
    const get = { parameters: [{ $ref: './parameters/id.yaml' }] };
    const { operations, diagnostics } = prepareDocument(job(root({ '/a': { get } })));
    assert.equal(operations.length, 1);
    const [found] = diagnostics.filter(({ code }) => code === 'missing_file');
    assert.match(found?.text ?? '', /"parameters\/id.yaml".*"files"/);
  });

  test('is refused when nothing of it can be called', () => {
    assert.throws(() => prepareDocument(job(root({ '/a': there, '/b': there }))), {
      code: 'invalid_document',
      message: /none of its 2 paths.*"paths\/pets.yaml".*"files"/i,
    });
    const list = { get: { operationId: 'list' } };
    const files = { 'paths/pets.yaml': { list } };
    assert.equal(prepareDocument(job(root({ '/a': there }), { files })).operations.length, 1);
  });

  test('says so when the configuration leaves nothing', () => {
    const config = { include: [{ tags: ['none'] }] };
    const { diagnostics } = prepareDocument(job(root({ '/a': { get: {} } }), { config }));
    assert.ok(diagnostics.some(({ code }) => code === 'no_operations'));
    const empty = prepareDocument(job(root({})));
    assert.deepEqual(empty.operations, []);
  });
});
