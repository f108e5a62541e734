import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

const contextSchema = z.object({
  toolCalls: z
    .array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .default([]),
});

type Drive = (client: Client, context: unknown) => Promise<void>;

const listTools: Drive = async (client) => void (await client.listTools());

async function callFirst(client: Client, name: string, input: object = {}): Promise<void> {
  const { tools } = await client.listTools();
  if (!tools.some((tool) => tool.name === name)) throw new Error(`There is no tool ${name}`);
  await client.callTool({ name, arguments: { ...input } });
}

const roundTrips: Drive = async (client) => {
  await client.listTools();
  for (const name of ['test_mrtr_echo_state', 'test_mrtr_no_state', 'test_mrtr_unrelated']) {
    await client.callTool({ name, arguments: {} });
  }
  await client.callTool({ name: 'test_mrtr_no_result_type', arguments: {} });
};

const everyList: Drive = async (client) => {
  const { tools } = await client.listTools();
  for (const { name } of tools) await client.callTool({ name, arguments: {} });
  const { resources } = await client.listResources();
  for (const { uri } of resources) await client.readResource({ uri });
  const { prompts } = await client.listPrompts();
  for (const { name } of prompts) await client.getPrompt({ name, arguments: {} });
};

const givenCalls: Drive = async (client, context) => {
  await client.listTools();
  const { toolCalls } = contextSchema.parse(context);
  if (toolCalls.length === 0) throw new Error('The scenario names no calls');
  for (const call of toolCalls) await client.callTool(call);
};

const everyTool: Drive = async (client) => {
  const { tools } = await client.listTools();
  if (tools.length === 0) throw new Error('There are no tools');
  for (const { name } of tools) await client.callTool({ name, arguments: { region: 'us-west1' } });
};

const returnSchema: Drive = async (client) => {
  const { tools } = await client.listTools();
  const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema;
  await client.callTool({ name: 'json_schema_echo', arguments: { schema } });
};

/** What the user refuses, or cannot get, is an error result; the suite judges what came before. */
const useTestTool: Drive = async (client) => {
  await client.listTools();
  await client.callTool({ name: 'test-tool', arguments: {} }).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  });
};

const scenarios: Readonly<Record<string, Drive>> = {
  initialize: listTools,
  'request-metadata': listTools,
  'json-schema-ref-no-deref': listTools,
  tools_call: (client) => callFirst(client, 'add_numbers', { a: 5, b: 3 }),
  'elicitation-sep1034-client-defaults': (client) =>
    callFirst(client, 'test_client_elicitation_defaults'),
  'sse-retry': (client) => callFirst(client, 'test_reconnection'),
  'sep-2322-client-request-state': roundTrips,
  'http-standard-headers': everyList,
  'http-custom-headers': givenCalls,
  'http-invalid-tool-headers': everyTool,
  'json-schema-2020-12-preservation': returnSchema,
};

/** Does with a connected client what a scenario of the suite wants of it. */
export async function drive(client: Client, scenario: string, context: unknown): Promise<void> {
  const play = scenario.startsWith('auth/') ? useTestTool : scenarios[scenario];
  if (play === undefined) throw new Error(`The scenario ${scenario} is not known`);
  await play(client, context);
}
