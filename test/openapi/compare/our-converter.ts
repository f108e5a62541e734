import { compile } from '../../../src/connectors/openapi/compile/compile.ts';
import { createOpenapiConnector } from '../../../src/connectors/openapi/connector.ts';
import { fitSchema } from '../../../src/connectors/openapi/profiles/fit-tool.ts';
import {
  profileNameLengthMax,
  type ProfileName,
} from '../../../src/connectors/openapi/profiles/profile-names.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { limits } from '../../../src/kernel/limits.ts';
import { openConnector, textOf } from '../../support/open-connector.ts';
import type { Converter, ListedTool } from './converter.ts';

/** What the connector keeps free before each name. */
const PREFIX = 'test__';

/** This project's engine, through its connector and its guarded way out. */
export const ourConverter: Converter = {
  name: 'MCP Gateway',
  async open(document, baseUrl) {
    const service = await openConnector(
      createOpenapiConnector(),
      { document, ...(baseUrl === undefined ? {} : { baseUrl }) },
      { allowHosts: ['127.0.0.1'] },
    );
    try {
      const tools: ListedTool[] = [];
      let cursor: JsonObject = {};
      for (;;) {
        const page = await service.request('tools/list', cursor);
        tools.push(...(page['tools'] as unknown as ListedTool[]));
        const next = page['nextCursor'];
        if (next === undefined) break;
        cursor = { cursor: next };
      }
      const ids = new Map(
        [...listedNames(document, limits.toolNameLengthMax)].map(([id, name]) => [name, id]),
      );
      const namesOf = new Map<number, ReadonlyMap<string, string>>();
      return {
        tools,
        operationOf: ({ name }) => ids.get(name),
        // What the setting `profile` does to a list.
        fitted: ({ name, inputSchema }, profile) => {
          const names = namesFor(document, profile, namesOf);
          const fitted = names.get(ids.get(name) ?? '') ?? name;
          return { name: fitted, inputSchema: fitSchema(inputSchema, profile) };
        },
        call: async (name, given) => {
          const result = await service.call(name, given);
          return { isError: result.isError === true, text: textOf(result) };
        },
        [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
      };
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
  },
};

/** The name of each operation as a service lists it, whose own name goes before it. */
function listedNames(document: JsonObject, lengthMax: number): ReadonlyMap<string, string> {
  const { operations } = compile(document, { toolNameLengthMax: lengthMax - PREFIX.length });
  return new Map(operations.map(({ id, tool }) => [id, tool.name]));
}

/** The names within the length that a profile allows; made once for each length. */
function namesFor(
  document: JsonObject,
  profile: ProfileName,
  known: Map<number, ReadonlyMap<string, string>>,
): ReadonlyMap<string, string> {
  const lengthMax = profileNameLengthMax[profile];
  const names = known.get(lengthMax) ?? listedNames(document, lengthMax);
  known.set(lengthMax, names);
  return names;
}
