import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { GraphQLSchema } from 'graphql';
import { fieldTools } from '../../src/connectors/graphql/field-tools.ts';
import { schemaFromSdl } from '../../src/connectors/graphql/load-schema.ts';
import { searchTools } from '../../src/connectors/graphql/search-tools.ts';
import type { GraphqlService } from '../../src/connectors/graphql/service.ts';
import { estimateTokens } from '../../src/kernel/estimate-tokens.ts';

const githubSdl = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));

/** GraphQL schemas as tools (A20): those of a folder, and GitHub's. */
export function evaluateGraphql(folder: string, write: (line: string) => void): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names.filter((one) => one.endsWith('.graphql')).toSorted()) {
    write(judge(name, readFileSync(join(folder, name), 'utf8')));
  }
  write(judge('github', readFileSync(githubSdl, 'utf8')));
}

function judge(name: string, sdl: string): string {
  const start = performance.now();
  const schema = schemaFromSdl(sdl);
  const ms = (performance.now() - start).toFixed(0);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const [queries = 0, mutations = 0, subscriptions = 0] = roots.map(
    (type) => Object.keys(type?.getFields() ?? {}).length,
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  // A field whose generated document graphql-js finds invalid gets no tool.
  const tools = fieldTools({ depth: 2 }, serviceOf(schema, true));
  for (const { definition } of tools) ajv.compile(definition.inputSchema);
  const careful = fieldTools({ depth: 2 }, serviceOf(schema, false)).length;
  const definitions = searchTools(serviceOf(schema, false)).map(({ definition }) => definition);
  const tokens = estimateTokens(JSON.stringify(definitions));
  const fields = queries + mutations + subscriptions;
  return [
    `A20  ${name.padEnd(20)} ${ms} ms to load`,
    `${tools.length}/${fields} root fields as valid tools`,
    `${careful} of them while its ${mutations} mutations are not allowed`,
    `search mode ${tokens} tokens`,
  ].join(', ');
}

function serviceOf(schema: GraphQLSchema, allowMutations: boolean): GraphqlService {
  return {
    schema,
    diagnostics: [],
    rules: { allowMutations, depthMax: 12, aliasesMax: 30, complexityMax: 10_000 },
    scalars: {},
    describesOutput: true,
    send: () => Promise.reject(new Error('nothing is sent')),
    subscribe: () => Promise.reject(new Error('nothing is sent')),
    listenBounds: { eventsMax: 10, durationMs: 30_000 },
  };
}
