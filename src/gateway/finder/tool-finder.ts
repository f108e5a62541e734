import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { isJsonObject, stringMember } from '../../kernel/json.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { taskMethods } from '../../mcp/tasks-extension.ts';
import type { Admitted, Endpoint, Permitted, UpstreamTarget } from '../exchange.ts';

/** The name of its endpoint among services: `/mcp/search`. */
export const SEARCH_SLUG = 'search';

/** The tool of a tool finder that calls another tool. */
export const CALL_TOOL = 'call_tool';

/**
 * An endpoint of few tools that find, describe and call all others. What it finds is in the view of
 * who asks; what it calls takes the way of every call, under its own name.
 */
export interface ToolFinder extends AsyncDisposable {
  readonly slug: string;
  /** Resolves when its tools can be listed. */
  ready(): Promise<void>;
  /** What routes a request at the endpoint: the finder's own tools, and nothing else. */
  routesOf(view: TenantSnapshot): TenantSnapshot;
  is(live: ServiceRuntime): boolean;
  /** Answers a call of one of its tools with what the caller sees. Throws RpcError. */
  answer(permitted: Permitted, target: UpstreamTarget, view: TenantSnapshot): Promise<McpOutcome>;
  /** Hears of a tool that was called by its name and answered without an error. */
  called(principal: Principal, name: string, view: TenantSnapshot): void;
}

const EVERYTHING: Endpoint = { kind: 'all' };

/**
 * The request that a request at the finder's endpoint stands for: the call of the tool that it
 * names, or something about a task that such a call became. Undefined for the finder's own.
 */
export function innerRequest(admitted: Admitted): Admitted | undefined {
  const { request } = admitted;
  const { method, params } = request;
  if (taskMethods.has(method)) return { ...admitted, endpoint: EVERYTHING };
  if (method !== 'tools/call' || params['name'] !== CALL_TOOL) return undefined;
  const { arguments: given } = params;
  if (!isJsonObject(given)) return undefined;
  const name = stringMember(given, 'name');
  const args = given['arguments'] ?? {};
  if (name === undefined || !isJsonObject(args)) return undefined;
  const { 'idempotency-key': key } = admitted.headers ?? {};
  return {
    ...admitted,
    endpoint: EVERYTHING,
    request: { ...request, params: { ...params, name, arguments: args } },
    // Headers that mirror arguments belong to tools that a client calls by their names.
    headers: key === undefined ? undefined : { 'idempotency-key': key },
  };
}
