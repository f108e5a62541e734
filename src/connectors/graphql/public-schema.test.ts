import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ToolResult } from '../../../test/support/open-connector.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ServedTool, ToolCall } from '../../upstream/tool-server.ts';
import { fieldTools } from './field-tools.ts';
import { schemaFromSdl } from './load-schema.ts';
import { searchTools } from './search-tools.ts';
import type { GraphqlService } from './service.ts';

/** GitHub's own schema: 1 600 types, 278 root fields. */
const door = import.meta.resolve('@octokit/graphql-schema');
const sdl = readFileSync(new URL('schema.graphql', door), 'utf8');
const call = {} as ToolCall;

describe('a public schema of 1.2 MB', () => {
  const started = performance.now();
  const schema = schemaFromSdl(sdl);
  const loadedMs = performance.now() - started;
  const serviceWith = (allowMutations: boolean): GraphqlService => ({
    schema,
    diagnostics: [],
    rules: { allowMutations, depthMax: 12, aliasesMax: 30, complexityMax: 10_000 },
    scalars: {},
    describesOutput: true,
    send: () => Promise.resolve({ status: 200, data: {}, errors: [] }),
    subscribe: () => Promise.resolve({}),
    listenBounds: { eventsMax: 10, durationMs: 30_000 },
  });
  const textsOf = async (tool: ServedTool | undefined, given: JsonObject): Promise<string> => {
    const result = (await tool?.run(given, call)) as unknown as ToolResult;
    return result.content.map(({ text }) => text ?? '').join('\n');
  };

  test('is loaded within half a second on a quiet machine', (t) => {
    t.diagnostic(`loaded in ${loadedMs.toFixed(0)} ms`);
    assert.ok(loadedMs < 5_000, `${loadedMs} ms`);
  });

  test('gives one valid tool for every root field, at every depth', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const depth of [2, 4]) {
      // Fields whose generated document is not valid are left out: none may be.
      const tools = fieldTools({ depth }, serviceWith(true));
      assert.equal(tools.length, 278);
      for (const { definition } of tools) {
        assert.match(definition.name, /^[A-Za-z_]\w{0,63}$/);
        const bytes = Buffer.byteLength(JSON.stringify(definition.inputSchema));
        assert.ok(bytes <= limits.toolSchemaBytesMax, `${definition.name}: ${bytes} bytes`);
        if (depth === 2) ajv.compile(definition.inputSchema);
        if (depth === 2) ajv.compile(definition.outputSchema ?? {});
      }
    }
    assert.equal(fieldTools({}, serviceWith(false)).length, 31);
    const chosen = fieldTools({ include: ['repository*', 'viewer'] }, serviceWith(false));
    assert.deepEqual(
      chosen.map(({ definition }) => definition.name),
      ['repository', 'repositoryOwner', 'viewer'],
    );
  });

  test('costs a model little: the four tools, and every answer of theirs', async () => {
    const [search, introspect] = searchTools(serviceWith(false));
    const list = JSON.stringify(searchTools(serviceWith(true)).map((tool) => tool.definition));
    // Four characters are about one token; 2 500 tokens are promised.
    assert.ok(list.length < 4 * 1_000, `${list.length} characters`);
    const names = Object.keys(schema.getTypeMap()).filter((name) => name !== 'Mutation');
    let seen = 0;
    for (const name of names.filter((_, at) => at % 40 === 0)) {
      const text = await textsOf(introspect, { name, depth: 1 + (seen % 4) });
      const { length } = text;
      assert.ok(length <= limits.graphqlAnswerCharactersMax, `${name}: ${length} characters`);
      const found = await textsOf(search, { query: name, limit: 30 });
      assert.ok(found.length <= limits.graphqlAnswerCharactersMax);
      seen += 1;
    }
    assert.ok(seen > 35, `only ${seen} types seen`);
    const all = await textsOf(introspect, {});
    assert.match(all, /type Query/);
    assert.ok(all.length <= limits.graphqlAnswerCharactersMax);
  });

  test('is found by words, with the way there, without what may not be done', async () => {
    const [search, introspect] = searchTools(serviceWith(false));
    const [changing] = searchTools(serviceWith(true));
    const first = await textsOf(search, { query: 'issues of a repository', limit: 3 });
    assert.match(first, /^Repository\.issues\(.*\n {2}by way of: Query\.repository$/m);
    assert.match(await textsOf(changing, { query: 'add a star' }), /^Mutation\.addStar\(/);
    assert.doesNotMatch(await textsOf(search, { query: 'add a star' }), /Mutation|AddStarPayload/);
    await assert.rejects(textsOf(introspect, { name: 'Mutation' }), /is no type of this schema/);
    assert.match(await textsOf(search, { query: 'qqq zzz' }), /Nothing in the schema matches/);
    await assert.rejects(textsOf(introspect, { name: 'Query.nope' }), /is no field of Query/);
    await assert.rejects(textsOf(introspect, { name: 'User', depth: 9 }), /from 1 to 4/);
  });
});
