import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { buildRequest } from './build-request.ts';
import { compile } from '../compile/compile.ts';

const text = { type: 'string' };
const object = (properties: JsonObject, xml: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  xml,
});

const list = (component: string, xml: JsonObject = {}): JsonObject => ({
  type: 'array',
  items: { $ref: `#/components/schemas/${component}` },
  xml,
});

const schemas: JsonObject = {
  Tag: object({ id: text }),
  Colour: object({ id: text }, { name: 'colour' }),
  Pet: object({
    tag: { $ref: '#/components/schemas/Tag' },
    paint: { $ref: '#/components/schemas/Colour' },
    tags: list('Tag'),
    paints: list('Colour'),
    box: list('Tag', { wrapped: true }),
    tin: list('Colour', { wrapped: true }),
  }),
};

function written(value: Json): string {
  const schema = { $ref: '#/components/schemas/Pet' };
  const { operations } = compile({
    openapi: '3.0.3',
    info: {},
    servers: [{ url: 'https://api.example' }],
    paths: { '/a': { post: { requestBody: { content: { 'application/xml': { schema } } } } } },
    components: { schemas },
  });
  const [operation] = operations;
  assert.ok(operation !== undefined);
  const body = buildRequest(operation, { body: value }, {}).body?.toString() ?? '';
  return body.replace(/^<\?xml[^>]*\?>/, '');
}

test('the name of a component is its name everywhere, its key only at the root', () => {
  const one = { id: '1' };
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ tag: one }, '<tag><id>1</id></tag>'],
    [{ paint: one }, '<colour><id>1</id></colour>'],
    [{ tags: [one] }, '<tags><id>1</id></tags>'],
    [{ paints: [one, one] }, '<colour><id>1</id></colour><colour><id>1</id></colour>'],
    [{ box: [one] }, '<box><Tag><id>1</id></Tag></box>'],
    [{ tin: [one] }, '<tin><colour><id>1</id></colour></tin>'],
    [{ tin: [] }, '<tin></tin>'],
  ];
  for (const [value, expected] of cases) {
    assert.equal(written(value), `<Pet>${expected}</Pet>`);
  }
});
