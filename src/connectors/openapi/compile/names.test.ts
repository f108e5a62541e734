import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../../kernel/limits.ts';
import { argumentNames } from './argument-names.ts';
import type { ParameterSource } from '../model/operation-source.ts';
import { toolNames, type NameSource } from './tool-names.ts';

const source = (path: string, operationId?: string, method = 'GET'): NameSource => ({
  id: `${method} ${path}`,
  method,
  path,
  operationId,
});

const nameOf = (one: NameSource, lengthMax?: number): string =>
  toolNames([one], lengthMax).get(one.id) ?? '';

describe('tool names', () => {
  test('come from the operationId, else from method and path', () => {
    assert.equal(nameOf(source('/x', 'listPets')), 'listPets');
    assert.equal(nameOf(source('/x', 'pets/list all')), 'pets_list_all');
    assert.equal(nameOf(source('/users/{id}/posts')), 'get_users_id_posts');
    assert.equal(nameOf(source('/x', '123')), 'op_123');
    assert.match(nameOf(source('/用户')), /^get_[0-9a-f]{6}$/);
    assert.equal(nameOf(source('/x', '`; rm -rf')), 'rm_-rf');
  });

  test('long names keep head and tail and stay apart (toolNameLengthMax)', () => {
    const exact = 'a'.repeat(limits.toolNameLengthMax);
    assert.equal(nameOf(source('/x', exact)), exact);
    const long = `${'Head'.repeat(30)}${'Tail'.repeat(30)}`;
    const name = nameOf(source('/x', long));
    assert.equal(name.length, limits.toolNameLengthMax);
    assert.match(name, /^HeadHead.*Tail_[0-9a-f]{6}$/);
    assert.notEqual(name, nameOf(source('/x', `${long}x`)));
    assert.ok(nameOf(source('/x', long), 40).length <= 40);
  });

  test('are legal, unique and independent of order for any document', () => {
    const id = fc.oneof(fc.string(), fc.constantFrom('a', 'A', 'a_', '__proto__', 'get_x', ''));
    const one = fc.record({
      path: fc.string().map((text) => `/${text}`),
      operationId: fc.option(id, { nil: undefined }),
      method: fc.constantFrom('GET', 'POST'),
    });
    const list = fc.uniqueArray(one, { selector: ({ method, path }) => `${method} ${path}` });
    fc.assert(
      fc.property(list, (given) => {
        const sources = given.map(({ path, operationId, method }) =>
          source(path, operationId, method),
        );
        const names = toolNames(sources);
        const all = [...names.values()];
        assert.equal(new Set(all.map((name) => name.toLowerCase())).size, sources.length);
        assert.ok(
          all.every((name) => /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name)),
          String(all),
        );
        const reversed = toolNames(sources.toReversed());
        for (const { id } of sources) assert.equal(reversed.get(id), names.get(id));
      }),
      { numRuns: 500 },
    );
  });
});

const parameter = (name: string, location: ParameterSource['location']): ParameterSource => ({
  name,
  location,
  required: false,
  deprecated: false,
  description: undefined,
  schema: {},
  style: 'form',
  explode: true,
  allowReserved: false,
});

describe('argument names', () => {
  const names = (list: readonly ParameterSource[], taken: readonly string[] = []): string[] => {
    const given = argumentNames(list, taken);
    return list.map((it) => given.get(it) ?? '');
  };

  test('are the parameters’ own names where these are fit', () => {
    assert.deepEqual(names([parameter('page', 'query'), parameter('X-Id', 'header')]), [
      'page',
      'X-Id',
    ]);
    assert.deepEqual(names([parameter('$filter', 'query'), parameter('ids[]', 'query')]), [
      'filter',
      'ids',
    ]);
  });

  test('tell apart what shares a name', () => {
    assert.deepEqual(names([parameter('id', 'path'), parameter('id', 'query')]), [
      'id_in_path',
      'id_in_query',
    ]);
    assert.deepEqual(names([parameter('body', 'query')], ['body']), ['body_in_query']);
    const brackets = names([parameter('a[', 'query'), parameter('a]', 'query')]);
    assert.equal(new Set(brackets).size, 2);
    assert.ok(brackets.every((name) => /^a_[0-9a-f]{6}$/.test(name)));
  });

  test('are legal, unique and independent of order for any operation', () => {
    const location = fc.constantFrom('path', 'query', 'header', 'cookie' as const);
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('id', 'id_in_path', 'body', '$id', '__proto__'),
    );
    const list = fc.uniqueArray(fc.tuple(name, location), { selector: (it) => it.join(' ') });
    fc.assert(
      fc.property(list, (given) => {
        const parameters = given.map(([text, place]) => parameter(text, place as 'path'));
        const all = names(parameters, ['body']);
        assert.equal(new Set([...all, 'body']).size, all.length + 1, JSON.stringify([given, all]));
        assert.ok(all.every((it) => /^[A-Za-z0-9_.-]{1,64}$/.test(it)));
        assert.deepEqual(names(parameters.toReversed(), ['body']).toReversed(), all);
      }),
      { numRuns: 500 },
    );
  });
});
