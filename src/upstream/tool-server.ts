import { RpcError } from '../kernel/errors.ts';
import { JsonBytes } from '../kernel/json-bytes.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../mcp/message.ts';
import { MODERN_VERSION, rpcCode } from '../mcp/protocol.ts';
import { ArgumentError } from './argument-error.ts';
import type { Discovery, UpstreamRequest } from './upstream.ts';
import { errorResult } from './tool-result.ts';

/** A tool as tools/list shows it (MCP server/tools, "Tool"). */
export interface ToolDefinition {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** Its `properties`, `required` and `additionalProperties` are checked before a call. */
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
}

/** The call a tool runs in. */
export interface ToolCall {
  readonly request: UpstreamRequest;
  readonly io: ExchangeIo;
}

/** A tool that a connector serves itself. */
export interface ServedTool {
  readonly definition: ToolDefinition;
  /** Returns a CallToolResult. An ArgumentError becomes a tool error; others are thrown on. */
  run(args: JsonObject, call: ToolCall): Promise<JsonObject>;
}

/** Answers one method with its result object, or with one that is kept as JSON. */
export type MethodHandler = (params: JsonObject, call: ToolCall) => Promise<JsonObject | JsonBytes>;

/** What a connector serves: tools, and whatever other methods it answers. */
export interface ToolServer {
  answer(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome>;
}

/** The server side of MCP for a connector whose tools are its own. */
export function createToolServer(
  tools: readonly ServedTool[],
  methods: Readonly<Record<string, MethodHandler>> = {},
): ToolServer {
  const byName = new Map(tools.map((tool) => [tool.definition.name, tool]));
  const definitions = tools.map(({ definition }) => definition as unknown as JsonObject);
  const handlers = new Map<string, MethodHandler>([
    ['tools/list', fixedList('tools', definitions)],
    ['tools/call', (params, call) => callTool(byName, params, call)],
    ...Object.entries(methods),
  ]);
  return {
    async answer(request, io) {
      const handler = handlers.get(request.method);
      if (handler === undefined) {
        const text = `"${request.method.slice(0, 128)}" is not offered here.`;
        throw new RpcError(rpcCode.methodNotFound, text);
      }
      const result = await handler(request.params, { request, io });
      return completeWith(result);
    },
  };
}

/** What a handler returned, as an outcome. */
export function completeWith(result: JsonObject | JsonBytes): McpOutcome {
  const bytes = result instanceof JsonBytes ? result : JsonBytes.fromValue(result);
  return { resultType: 'complete', result: bytes };
}

/** Answers with the pages of a list that does not change; each is written as JSON once. */
export function fixedList(member: string, items: readonly JsonObject[]): MethodHandler {
  const pages = new Map<unknown, JsonBytes>();
  return (params) => {
    const { cursor } = params;
    const known = pages.get(cursor);
    if (known !== undefined) return Promise.resolve(known);
    const page = JsonBytes.fromValue(listPage(member, items, params));
    // Cursors that are not the gateway's own may lead to any number of pages.
    if (pages.size <= items.length / limits.listPageItems) pages.set(cursor, page);
    return Promise.resolve(page);
  };
}

/** One page of a list; the cursor is the number of items already seen. */
export function listPage(
  member: string,
  items: readonly JsonObject[],
  params: JsonObject,
): JsonObject {
  const cursor = params['cursor'] ?? '0';
  const start = typeof cursor === 'string' && /^\d{1,9}$/.test(cursor) ? Number(cursor) : -1;
  if (start < 0 || start > items.length) {
    throw new RpcError(rpcCode.invalidParams, 'The cursor is not one of this list.');
  }
  const end = start + limits.listPageItems;
  const page = items.slice(start, end);
  return end < items.length ? { [member]: page, nextCursor: String(end) } : { [member]: page };
}

async function callTool(
  byName: ReadonlyMap<string, ServedTool>,
  params: JsonObject,
  call: ToolCall,
): Promise<JsonObject> {
  const name = params['name'];
  const tool = typeof name === 'string' ? byName.get(name) : undefined;
  if (tool === undefined) {
    const shown = JSON.stringify(name ?? null).slice(0, 128);
    throw new RpcError(rpcCode.invalidParams, `Unknown tool: ${shown}`);
  }
  const args = params['arguments'] ?? {};
  if (!isJsonObject(args)) {
    throw new RpcError(rpcCode.invalidParams, '"arguments" must be an object.');
  }
  try {
    checkNames(args, tool.definition.inputSchema);
    return await tool.run(args, call);
  } catch (error) {
    if (error instanceof ArgumentError) return errorResult(error.message);
    throw error;
  }
}

/** Every required argument is there, and none that the tool does not know. */
function checkNames(args: JsonObject, schema: JsonObject): void {
  const known = Object.keys(objectMember(schema, 'properties') ?? {});
  const required = schema['required'];
  for (const name of Array.isArray(required) ? (required as readonly Json[]) : []) {
    if (typeof name !== 'string' || Object.hasOwn(args, name)) continue;
    throw new ArgumentError(name, 'is missing; the tool needs it.');
  }
  if (schema['additionalProperties'] !== false) return;
  const unknown = Object.keys(args).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.length === 0 ? 'the tool takes none' : `the tool takes: ${known.join(', ')}`;
  throw new ArgumentError(unknown.slice(0, 128), `is not known; ${names}.`);
}

/** What a connector that serves its own tools says of itself. */
export function describeToolServer(
  name: string,
  capabilities: JsonObject,
  instructions?: string,
): Discovery {
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    serverInfo: { name, version: '1' },
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
    listsVaryByCapabilities: false,
  };
}

/** The listen stream of an upstream that announces nothing: it ends with its exchange. */
export async function* listenToNothing(io: ExchangeIo): AsyncIterable<McpNotification> {
  await new Promise<void>((resolve) => {
    io.cancellation.onCancel(() => resolve());
  });
  yield* [];
}
