import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { checkProfile } from './check-profile.ts';
import { fitSchema } from './fit-tool.ts';
import { profileNames, type ProfileName } from './profile-names.ts';
import { restoreArguments } from './restore-arguments.ts';

const schema: JsonObject = {
  type: 'object',
  properties: {
    id: { type: 'integer', format: 'int64', minimum: 1 },
    kind: { enum: ['cat', 'dog', null] },
    level: { type: 'integer', enum: [1, 2] },
    when: { type: 'string', format: 'date-time' },
    ahead: { type: 'string', pattern: '^(?=.*[0-9])a(b)\\1$' },
    plain: { type: 'string', pattern: '^[(?=]\\(\\?=$' },
    choice: {
      description: 'One of two.',
      anyOf: [{ type: 'string' }, { $ref: '#/$defs/Node' }, { type: 'null' }],
    },
    either: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    anything: {},
    mixed: { type: ['string', 'integer', 'null'] },
    body: { $ref: '#/$defs/Node', description: 'The tree.' },
    both: { allOf: [{ $ref: '#/$defs/Node' }, { properties: { more: { type: 'boolean' } } }] },
  },
  required: ['id', 'body'],
  $defs: {
    Node: {
      type: 'object',
      properties: { name: { type: 'string' }, next: { $ref: '#/$defs/Node' } },
      required: ['name'],
    },
  },
};

const properties = (fitted: JsonObject): Record<string, JsonObject> =>
  fitted['properties'] as Record<string, JsonObject>;

describe('profiles', () => {
  for (const profile of profileNames) {
    test(`${profile}: every kind of schema fits`, () => {
      const fitted = fitSchema(schema, profile);
      assert.deepEqual(checkProfile({ name: 'tool', inputSchema: fitted }, profile), []);
      assert.deepEqual(Object.keys(properties(fitted)), Object.keys(properties(schema)));
    });

    test(`${profile}: a tool without arguments fits`, () => {
      const none = fitSchema({ type: 'object', properties: {} }, profile);
      assert.deepEqual(checkProfile({ name: 'tool', inputSchema: none }, profile), []);
    });
  }

  test('what does not fit is found out', () => {
    const faults = (profile: ProfileName, inputSchema: JsonObject, name = 'tool') =>
      checkProfile({ name, inputSchema }, profile).length;
    for (const profile of ['openai-strict', 'gemini', 'cursor'] as const) {
      assert.ok(faults(profile, schema) > 0, profile);
    }
    const root = (more: JsonObject): JsonObject => ({ type: 'object', properties: {}, ...more });
    assert.ok(faults('anthropic', root({ anyOf: [] })) > 0);
    assert.ok(faults('anthropic', root({ properties: { 'a b': {} } })) > 0);
    assert.ok(faults('anthropic', root({}), 'a'.repeat(65)) > 0);
    assert.equal(faults('anthropic', root({}), 'a'.repeat(61)), 0);
    assert.ok(faults('cursor', root({}), 'a'.repeat(61)) > 0);
  });

  test('openai-strict: optional is nullable, free forms are JSON text, recursion stays', () => {
    const fitted = fitSchema(schema, 'openai-strict');
    const { id, when, labels, body, kind } = properties(fitted);
    assert.deepEqual(id, { type: 'integer', minimum: 1 });
    assert.deepEqual(when, { type: ['string', 'null'], format: 'date-time' });
    assert.deepEqual(labels, { type: ['string', 'null'], description: '(JSON text)' });
    assert.deepEqual(body, { $ref: '#/$defs/Node' });
    assert.deepEqual(kind, { type: ['string', 'null'], enum: ['cat', 'dog', null] });
    const { Node } = fitted['$defs'] as Record<string, JsonObject>;
    assert.deepEqual(Node?.['required'], ['name', 'next']);
  });

  test('openai-strict: what is too large becomes text, the rest stays', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 5_001 }, (_, at) => [`p${at}`, { type: 'string' }]),
    );
    const large: JsonObject = {
      type: 'object',
      properties: { body: { type: 'object', properties: wide }, id: { type: 'string' } },
    };
    const fitted = fitSchema(large, 'openai-strict');
    assert.deepEqual(checkProfile({ name: 'tool', inputSchema: fitted }, 'openai-strict'), []);
    assert.deepEqual(properties(fitted)['id'], { type: ['string', 'null'] });
  });

  test('patterns that look around are left out where the provider refuses them', () => {
    for (const profile of ['openai-strict', 'gemini'] as const) {
      const { ahead, plain } = properties(fitSchema(schema, profile));
      assert.equal(ahead?.['pattern'], undefined, profile);
      assert.equal(plain?.['pattern'], '^[(?=]\\(\\?=$', profile);
    }
  });

  test('gemini: nothing stands beside anyOf', () => {
    const { choice } = properties(fitSchema(schema, 'gemini'));
    assert.ok(choice !== undefined);
    assert.deepEqual(Object.keys(choice), ['anyOf']);
    const [first] = choice['anyOf'] as readonly JsonObject[];
    assert.deepEqual(first, { type: 'string', description: 'One of two.', nullable: true });
  });

  test('gemini: references are written out until they repeat', () => {
    const { body, level } = properties(fitSchema(schema, 'gemini'));
    assert.equal(body?.['description'], 'The tree.');
    const inner = properties(body ?? {});
    assert.deepEqual(inner['next'], { type: 'string', description: '(JSON text)' });
    assert.deepEqual(level, { type: 'integer', description: 'One of 1, 2.' });
  });

  test('what a model gives is read back by the full schema', () => {
    const given = {
      id: 7,
      kind: null,
      level: null,
      when: null,
      labels: '{"a":"b"}',
      either: '["x"]',
      anything: '{"deep":[1]}',
      body: { name: '{"kept": "as text"}', next: '{"name":"n","next":null}' },
      both: { name: 'b', next: null, more: null },
      mixed: null,
      stranger: null,
    };
    assert.deepEqual(restoreArguments(given, schema), {
      id: 7,
      kind: null,
      labels: { a: 'b' },
      either: '["x"]',
      anything: { deep: [1] },
      body: { name: '{"kept": "as text"}', next: { name: 'n' } },
      both: { name: 'b' },
      mixed: null,
      stranger: null,
    });
  });
});
