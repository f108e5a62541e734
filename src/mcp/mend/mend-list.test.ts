import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ListPromptsResultSchema,
  ListResourcesResultSchema,
  ListResourceTemplatesResultSchema,
  ListToolsResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import {
  assert as check,
  constantFrom,
  dictionary,
  array,
  jsonValue,
  oneof,
  property,
  record,
} from 'fast-check';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { toLegacyOutputSchema } from '../server/legacy/legacy-output-schema.ts';
import { mendList, type ListMember } from './mend-list.ts';

const schemas = {
  tools: ListToolsResultSchema,
  prompts: ListPromptsResultSchema,
  resources: ListResourcesResultSchema,
  resourceTemplates: ListResourceTemplatesResultSchema,
} as const;

const names = ['name', 'uri', 'uriTemplate', 'title', 'description', 'inputSchema', 'outputSchema'];
const more = ['annotations', '_meta', 'icons', 'execution', 'arguments', 'size', 'mimeType'];
const keywords = (
  'type properties required $ref $defs definitions anyOf allOf items ' +
  'enum pattern minLength minimum additionalProperties patternProperties'
).split(' ');
const texts = ['object', 'array', 'Object', 'a', '#/$defs/a', '#', '(', ''];
const word = constantFrom<Json>(...texts, null);
const value = oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: jsonValue() });
const keyword = constantFrom(...keywords, 'a', 'b');
const schema = dictionary(
  keyword,
  oneof(value, dictionary(keyword, oneof(value, dictionary(keyword, value)))),
);
const junk = dictionary(constantFrom(...names, ...more), oneof(value, schema, array(schema)));
const item = oneof(
  junk,
  record({ name: word, inputSchema: oneof(schema, value), outputSchema: schema }),
  jsonValue(),
);

/** As the gateway shows it to legacy clients, whose schemas are the strictest. */
function shown(tool: JsonObject): JsonObject {
  const output = tool['outputSchema'] as JsonObject | undefined;
  return output === undefined ? tool : { ...tool, outputSchema: toLegacyOutputSchema(output) };
}

describe('mendList', () => {
  it('makes of anything a list that the official client takes, output schemas compiled', () => {
    const validator = new AjvJsonSchemaValidator();
    const member = constantFrom<ListMember>('tools', 'prompts', 'resources', 'resourceTemplates');
    let kept = 0;
    const holds = property(member, array(item, { maxLength: 6 }), (list, listed) => {
      const { items } = mendList(list, listed as readonly Json[]);
      const sent = list === 'tools' ? items.map(shown) : items;
      const parsed = schemas[list].safeParse({ [list]: sent });
      assert.ok(parsed.success, parsed.error?.message);
      kept += items.length;
      if (list !== 'tools') return;
      for (const tool of items.map(shown)) {
        const output = tool['outputSchema'];
        if (output !== undefined) validator.getValidator(output as never);
      }
    });
    check(holds, { numRuns: 150 });
    assert.ok(kept > 40, String(kept));
  });

  it('leaves a sound list as it is, unknown members too', () => {
    const listed = [
      {
        name: 'a',
        'x-own': [null],
        inputSchema: {
          type: 'object',
          properties: { a: { type: 'string', default: null, 'x-any': 1 } },
          required: ['a'],
        },
        annotations: { readOnlyHint: true, own: 1 },
      },
    ];
    const { items, notes, isMended } = mendList('tools', listed);
    assert.equal(items[0], listed[0]);
    assert.deepEqual([notes, isMended], [[], false]);
  });

  it('mends input schemas', () => {
    const empty = { type: 'object', properties: {} };
    const cases: readonly (readonly [Json | undefined, JsonObject])[] = [
      [undefined, empty],
      [null, empty],
      [{ type: 'string' }, empty],
      [[], empty],
      [{}, { type: 'object' }],
      [{ type: ['object', 'null'] }, { type: 'object' }],
      [
        { properties: { a: true, b: null, c: 'string' } },
        {
          properties: { a: {}, b: {}, c: { type: 'string' } },
          type: 'object',
        },
      ],
      [
        {
          type: 'object',
          properties: { a: { type: 'string', description: null }, required: ['a', 'b'] },
        },
        {
          type: 'object',
          properties: { a: { type: 'string' } },
          required: ['a'],
        },
      ],
      [
        { type: 'object', properties: { required: { type: 'boolean' } } },
        {
          type: 'object',
          properties: { required: { type: 'boolean' } },
        },
      ],
      [{ type: 'object', properties: null, required: null }, { type: 'object' }],
      [
        { type: 'object', properties: { a: { required: true } } },
        {
          type: 'object',
          properties: { a: {} },
        },
      ],
    ];
    for (const [inputSchema, right] of cases) {
      const tool = inputSchema === undefined ? { name: 'a' } : { name: 'a', inputSchema };
      assert.deepEqual(mendList('tools', [tool]).items, [{ name: 'a', inputSchema: right }]);
    }
  });

  it('leaves out an output schema that nobody can compile, and nothing else', () => {
    const inputSchema = { type: 'object' };
    for (const outputSchema of [
      { $ref: '#/$defs/none' },
      { $ref: 'https://x.test/s' },
      'x',
      null,
    ]) {
      const { items } = mendList('tools', [{ name: 'a', inputSchema, outputSchema }]);
      assert.deepEqual(items, [{ name: 'a', inputSchema }]);
    }
  });

  it('lists a name once, leaves out what has none, and says so', () => {
    const tool = { name: 'a', inputSchema: { type: 'object' } };
    const { items, notes, isMended } = mendList('tools', [tool, { name: 7 }, 'x', { ...tool }]);
    assert.deepEqual(items, [tool]);
    assert.ok(isMended);
    assert.deepEqual(
      notes.map(({ code, operation }) => [code, operation]),
      [
        ['item_unnamed', 'tool 2'],
        ['item_invalid', 'tool 3'],
        ['item_repeated', 'a'],
      ],
    );
  });

  it('names a resource by its title or URI where it has no name', () => {
    const { items } = mendList('resources', [
      { uri: 'x:1', name: null },
      { uri: 'x:2', title: 'T' },
    ]);
    assert.deepEqual(items, [
      { uri: 'x:1', name: 'x:1' },
      { uri: 'x:2', title: 'T', name: 'T' },
    ]);
  });
});
