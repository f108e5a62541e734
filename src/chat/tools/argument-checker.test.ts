import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { loadArgumentChecker, type CheckArguments } from './argument-checker.ts';

let check: CheckArguments;
before(async () => {
  check = await loadArgumentChecker();
});

const city: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' }, unit: { enum: ['C', 'F'] } },
  required: ['city'],
  additionalProperties: false,
};

describe('checking the arguments of a tool', () => {
  it('names the field and what is wrong with it', () => {
    const said = (given: Json): string | undefined => check(city, given);
    assert.equal(said({ city: 'Bern' }), undefined);
    assert.match(said({ town: 1 }) ?? '', /required property 'city'/);
    assert.match(said({ city: 1 }) ?? '', /"city" must be string/);
    assert.match(said({ city: 'Bern', town: 1 }) ?? '', /must not have "town"/);
    assert.match(said({ city: 'Bern', unit: 'K' }) ?? '', /"unit" must be one of \["C","F"\]/);
    for (const none of [null, 'city', 1, [1]]) assert.match(said(none) ?? '', /JSON object/);
  });

  it('takes old drafts, references inside, and ids that two schemas share', () => {
    const old = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://x.test/same',
      type: 'object',
      definitions: { pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] } },
      properties: { pair: { $ref: '#/definitions/pair' } },
    };
    assert.equal(check(old, { pair: ['a', 1] }), undefined);
    assert.match(check(old, { pair: [1, 1] }) ?? '', /"pair\/0"/);
    const other = { $id: 'https://x.test/same', type: 'object', required: ['a'] };
    assert.match(check(other, {}) ?? '', /'a'/);
    const self = { type: 'object', properties: { next: { $ref: '#' }, n: { type: 'number' } } };
    assert.match(check(self, { next: { next: { n: 'x' } } }) ?? '', /"next\/next\/n"/);
  });

  it('runs patterns in linear time, and leaves to the service what it cannot', () => {
    const slow = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    assert.match(check(slow, { a: `${'a'.repeat(5_000)}!` }) ?? '', /"a" must match pattern/);
    const ahead = { type: 'object', properties: { a: { type: 'string', pattern: '^(?=x)y' } } };
    assert.equal(check(ahead, { a: 'z' }), undefined);
    for (const odd of [
      { type: 'object', properties: { a: { $ref: 'https://elsewhere.test/a.json' } } },
      { type: 'object', properties: { a: { type: 'no-type' } } },
    ]) {
      assert.equal(check(odd, { a: 1 }), undefined);
      assert.match(check(odd, 'x') ?? '', /JSON object/);
    }
  });

  it('compiles schemas of chatSchemaBytesMax and chatSchemaDepthMax, none beyond', () => {
    const sized = (bytes: number): JsonObject => {
      const empty = { type: 'object', required: ['a'], description: '' };
      const description = 'd'.repeat(bytes - JSON.stringify(empty).length);
      return { ...empty, description };
    };
    assert.match(check(sized(limits.chatSchemaBytesMax), {}) ?? '', /'a'/);
    assert.equal(check(sized(limits.chatSchemaBytesMax + 1), {}), undefined);
    const nested = (depth: number): JsonObject => {
      let inner: JsonObject = {};
      for (let at = 2; at < depth; at++) inner = { not: inner };
      return { type: 'object', required: ['a'], x: inner };
    };
    const deepest = limits.chatSchemaDepthMax;
    assert.match(check(nested(deepest), {}) ?? '', /'a'/);
    assert.equal(check(nested(deepest + 2), {}), undefined);
  });

  it('answers at once, whatever a schema wants', () => {
    assert.match(check({ ...city, $async: true }, { town: 1 }) ?? '', /'city'/);
    assert.equal(check({ ...city, $async: true }, { city: 'Bern' }), undefined);
    const inner = { type: 'object', properties: { a: { $async: true, type: 'string' } } };
    assert.doesNotThrow(() => check(inner, { a: 1 }));
  });

  it('gives up on a schema that takes longer than chatArgumentCheckMs to go through', () => {
    const ways = (depth: number): JsonObject => {
      const $defs: Record<string, JsonObject> = { [`a${depth}`]: { type: 'string' } };
      for (let at = 0; at < depth; at++) {
        const next = { $ref: `#/$defs/a${at + 1}` };
        $defs[`a${at}`] = { anyOf: [next, next] };
      }
      return { type: 'object', $defs, properties: { x: { $ref: '#/$defs/a0' } } };
    };
    assert.match(check(ways(8), { x: 1 }) ?? '', /"x\/?.*" must/);
    assert.match(check(ways(60), { x: 1 }) ?? '', /too long to check/);
    assert.equal(check(ways(8), { x: 'a' }), undefined);
    assert.ok(limits.chatArgumentCheckMs < limits.chatSchemaCompileMs);
  });

  it('says so of arguments that nest without end', () => {
    const self = { type: 'object', properties: { next: { $ref: '#' } } };
    let deep: JsonObject = {};
    for (let at = 0; at < 100_000; at++) deep = { next: deep };
    assert.match(check(self, deep) ?? '', /nest too deeply/);
  });
});
