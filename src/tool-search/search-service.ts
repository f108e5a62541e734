import { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Visibility } from '../catalog/visibility.ts';
import type { Permitted, UpstreamTarget } from '../gateway/exchange.ts';
import { CALL_TOOL, SEARCH_SLUG, type ToolFinder } from '../gateway/finder/tool-finder.ts';
import { RpcError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, stringMember, type JsonObject } from '../kernel/json.ts';
import type { Log } from '../kernel/log.ts';
import { tenantId, type Principal } from '../kernel/principal.ts';
import type { McpOutcome } from '../mcp/message.ts';
import { rpcCode } from '../mcp/protocol.ts';
import { ArgumentError } from '../upstream/argument-error.ts';
import type { Upstream } from '../upstream/contract.ts';
import { errorResult } from '../upstream/tool-result.ts';
import {
  completeWith,
  createToolServer,
  describeToolServer,
  listenToNothing,
} from '../upstream/tool-server.ts';
import { describeTools, metaTools, refuseCall, searchTools } from './meta-tools.ts';
import type { UsedTool } from './confirmed-uses.ts';
import type { ToolLearning } from './tool-learning.ts';
import type { ViewIndexes } from './view-indexes.ts';

const INSTRUCTIONS =
  'The tools here find and call all others: search_tools in your own words, describe_tools for ' +
  'the arguments, call_tool to call one. A search shows the best few, and says of how many.';

/** What the endpoint stands on. */
export interface SearchServiceContext {
  readonly log: Log;
  readonly indexes: ViewIndexes;
  readonly learning: ToolLearning;
}

/** The endpoint `/mcp/search`: a service of the gateway that nobody registered. */
export class SearchService implements ToolFinder {
  readonly slug = SEARCH_SLUG;
  readonly #indexes: ViewIndexes;
  readonly #learning: ToolLearning;
  readonly #live: ServiceRuntime;
  readonly #routes = new WeakMap<TenantSnapshot, TenantSnapshot>();
  #starting: Promise<void> | undefined;

  constructor({ log, indexes, learning }: SearchServiceContext) {
    this.#indexes = indexes;
    this.#learning = learning;
    this.#live = liveService(log);
  }

  ready(): Promise<void> {
    this.#starting ??= this.#live.start();
    return this.#starting;
  }

  routesOf(view: TenantSnapshot): TenantSnapshot {
    let routes = this.#routes.get(view);
    if (routes === undefined) {
      const live = this.#live;
      const visibility: Visibility = {
        isWhole: (one) => one === live,
        shows: (one, list) => one === live && list === 'tools',
        reaches: () => false,
      };
      routes = {
        ...view,
        services: [live],
        bySlug: new Map([[this.slug, live]]),
        tools: new Map(),
        prompts: new Map(),
        visibility,
        // Lists are then the gateway's to answer, with what every list of it has.
        annotated: (_, tool) => tool,
        published: (one, list, items) => (one === live && list === 'tools' ? items : []),
      };
      this.#routes.set(view, routes);
    }
    return routes;
  }

  is(live: ServiceRuntime): boolean {
    return live === this.#live;
  }

  async answer(
    { request, principal }: Permitted,
    target: UpstreamTarget,
    view: TenantSnapshot,
  ): Promise<McpOutcome> {
    if (request.method !== 'tools/call') {
      const text = `"${request.method.slice(0, 128)}" is not offered here.`;
      throw new RpcError(rpcCode.methodNotFound, text);
    }
    const args = target.params['arguments'] ?? {};
    if (!isJsonObject(args)) {
      throw new RpcError(rpcCode.invalidParams, '"arguments" must be an object.');
    }
    try {
      return completeWith(await this.#run(target.name ?? '', args, principal, view));
    } catch (error) {
      if (error instanceof ArgumentError) return completeWith(errorResult(error.message));
      throw error;
    }
  }

  async #run(
    name: string,
    args: JsonObject,
    principal: Principal,
    view: TenantSnapshot,
  ): Promise<JsonObject> {
    switch (name) {
      case 'search_tools':
        return await this.#search(args, principal, view);
      case 'describe_tools':
        return describeTools(view, args);
      case CALL_TOOL:
        return refuseCall(args);
      default:
        throw new RpcError(rpcCode.invalidParams, `Unknown tool: ${name.slice(0, 128)}`);
    }
  }

  async #search(args: JsonObject, principal: Principal, view: TenantSnapshot): Promise<JsonObject> {
    const found = searchTools(await this.#indexes.of(principal.tenant, view), view, args);
    const shown = objectMember(found, 'structuredContent')?.['tools'] ?? [];
    const tools = (shown as readonly JsonObject[]).flatMap((tool) => {
      return usedTool(view, stringMember(tool, 'name') ?? '') ?? [];
    });
    this.#learning.searched(principal, stringMember(args, 'query') ?? '', tools);
    return found;
  }

  called(principal: Principal, name: string, view: TenantSnapshot): void {
    const used = usedTool(view, name);
    if (used !== undefined) this.#learning.called(principal, used);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live[Symbol.asyncDispose]();
  }
}

function usedTool(view: TenantSnapshot, name: string): UsedTool | undefined {
  const target = view.tools.get(name);
  return target && { serviceId: target.live.service.id, tool: target.name };
}

/** Lives in no catalog, so that nobody changes, disables or removes it. */
function liveService(log: Log): ServiceRuntime {
  const nowMs = Date.now();
  const service = {
    id: 'svc_search',
    tenant: tenantId(''),
    slug: SEARCH_SLUG,
    kind: 'gateway',
    title: 'Tool search',
    enabled: true,
    config: {},
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
  return new ServiceRuntime(service, {
    log,
    open: () => Promise.resolve(listOnly()),
    listsChanged: () => {},
    resourceUpdated: () => {},
  });
}

/** Lists the tools; a call needs the caller, whom an upstream does not know. */
function listOnly(): Upstream {
  const server = createToolServer(
    metaTools.map((definition) => ({
      definition,
      run: () => Promise.reject(new RpcError(rpcCode.methodNotFound, 'Nobody calls.')),
    })),
  );
  return {
    discover: () => Promise.resolve(describeToolServer('tool-search', { tools: {} }, INSTRUCTIONS)),
    request: (request, io) => server.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
