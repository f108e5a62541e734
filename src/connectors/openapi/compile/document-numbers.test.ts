import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { loadDocument } from '../document/load-document.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import { changeTools } from '../prepare/change-tools.ts';
import { buildRequest } from '../request/build-request.ts';
import { compile } from './compile.ts';

const MAX = '9223372036854775807';
const ODD = '9007199254740993';

const asJson = `{"openapi":"3.1.0","info":{"title":"N","version":"1"},
"servers":[{"url":"https://api.example"}],"paths":{"/p":{"post":{"parameters":[
{"name":"max","in":"query","required":true,"schema":{"type":"integer","default":${MAX}}},
{"name":"shard","in":"query","required":true,"schema":{"type":"integer","enum":[${ODD}]}},
{"name":"only","in":"query","required":true,"schema":{"type":"integer","const":-${ODD}}},
{"name":"rate","in":"query","required":true,
"schema":{"type":"number","default":0.12345678901234567891}},
{"name":"seed","in":"query","schema":{"type":"integer","minimum":-${MAX},"maximum":${MAX}}}],
"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{
"owner":{"type":"integer","enum":[1,${ODD}]},"note":{"type":"string"}}}}}}}}}}`;

const asYaml = `openapi: 3.1.0
info: { title: N, version: '1' }
servers: [{ url: https://api.example }]
paths:
  /p:
    post:
      parameters:
        - { name: max, in: query, required: true,
            schema: { type: integer, default: 0x7FFFFFFFFFFFFFFF } }
        - { name: shard, in: query, required: true, schema: { type: integer, enum: [+${ODD}] } }
        - { name: only, in: query, required: true, schema: { type: integer, const: -${ODD} } }
        - { name: rate, in: query, required: true,
            schema: { type: number, default: 0.12345678901234567891 } }
        - { name: seed, in: query, schema: { type: integer, minimum: -${MAX}, maximum: ${MAX} } }
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties: { owner: { type: integer, enum: [1, ${ODD}] }, note: { type: string } }
`;

const sent = (operation: CompiledOperation | undefined, given: JsonObject): [string, string] => {
  assert.ok(operation !== undefined);
  const { url, body } = buildRequest(operation, given, {});
  return [url.slice(url.indexOf('?') + 1), String(body ?? '')];
};

const QUERY = `max=${MAX}&shard=${ODD}&only=-${ODD}&rate=0.12345678901234567891`;

describe('numbers of a document', () => {
  for (const [kind, source] of [
    ['JSON', asJson],
    ['YAML', asYaml],
  ] as const) {
    test(`keep their digits in ${kind}`, () => {
      const { operations } = compile(loadDocument(source).root);
      const body = { owner: ODD, note: ODD };
      assert.deepEqual(sent(operations[0], { body }), [QUERY, `{"owner":${ODD},"note":"${ODD}"}`]);
      const schema = operations[0]?.tool.inputSchema['properties'];
      assert.ok(isJsonObject(schema));
      assert.deepEqual(schema['shard'], { type: ['integer', 'string'], enum: [ODD] });
      assert.deepEqual(schema['max'], { type: 'integer', default: MAX });
      assert.deepEqual(schema['seed'], {
        type: 'integer',
        description: `(minimum -${MAX}) (maximum ${MAX})`,
      });
    });
  }

  test('keep their digits in the configuration of a tool', () => {
    const changes = parseExactJson(
      `{"POST /p":{"fixed":{"max":${ODD},"body":{"owner":${ODD}}},"defaults":{"seed":-${ODD}}}}`,
    );
    const compiled = compile(loadDocument(asJson).root);
    const { operations } = changeTools(compiled, changes as Record<string, JsonObject>);
    const [query, body] = sent(operations[0], {});
    assert.match(query, new RegExp(`max=${ODD}&.*&seed=-${ODD}$`));
    assert.equal(body, `{"owner":${ODD}}`);
  });
});
