import { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Endpoint, Permitted, UpstreamTarget } from '../gateway/exchange.ts';
import type { OwnService } from '../gateway/own-service.ts';
import type { Api } from '../http/api/create-api.ts';
import { RpcError } from '../kernel/errors.ts';
import { isJsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { tenantId, type Principal } from '../kernel/principal.ts';
import type { McpOutcome } from '../mcp/message.ts';
import { rpcCode } from '../mcp/protocol.ts';
import type { Upstream } from '../upstream/contract.ts';
import {
  completeWith,
  createToolServer,
  describeToolServer,
  listenToNothing,
  type ServedTool,
} from '../upstream/tool-server.ts';
import { addToView } from './add-to-view.ts';
import type { AdminTools } from './compile-tools.ts';
import type { RunTool } from './run-tool.ts';
import { seenTools } from './seen-tools.ts';

/** What the service is made from. */
export interface AdminServiceContext {
  readonly slug: string;
  /** The control plane, loaded when it was not. */
  api(): Promise<Api>;
  /** The URL clients reach the gateway under. */
  baseUrl(): string;
  readonly log: Log;
}

/** What there is once the tools are compiled. */
interface Ready {
  readonly api: Api;
  readonly tools: AdminTools;
  readonly live: ServiceRuntime;
  readonly run: RunTool;
}

/** The gateway's API as a service of the gateway. */
export class AdminService implements OwnService {
  readonly #context: AdminServiceContext;
  #loading: Promise<void> | undefined;
  #ready: Ready | undefined;
  /** By the view that they add to, and what their caller may do. */
  readonly #views = new WeakMap<TenantSnapshot, Map<string, TenantSnapshot>>();

  constructor(context: AdminServiceContext) {
    this.#context = context;
  }

  get slug(): string {
    return this.#context.slug;
  }

  waitFor(endpoint: Endpoint): Promise<void> | undefined {
    if (this.#ready !== undefined || !this.#isReached(endpoint)) return undefined;
    this.#loading ??= this.#load();
    return this.#loading;
  }

  addTo(view: TenantSnapshot, { permissions }: Principal): TenantSnapshot {
    const ready = this.#ready;
    // A tenant that has a service of this name keeps what its clients know by the name.
    if (ready === undefined || view.bySlug.has(this.slug)) return view;
    let views = this.#views.get(view);
    if (views === undefined) {
      views = new Map();
      this.#views.set(view, views);
    }
    let more = views.get(permissions.digest);
    if (more === undefined) {
      if (views.size >= limits.viewsPerSnapshotMax) views.clear();
      more = addToView(view, ready.live, seenTools(ready.tools, this.slug, permissions));
      views.set(permissions.digest, more);
    }
    return more;
  }

  is(live: ServiceRuntime): boolean {
    return live === this.#ready?.live;
  }

  async answer({ request, principal }: Permitted, target: UpstreamTarget): Promise<McpOutcome> {
    const { method } = request;
    const tool = this.#ready?.tools.byName.get(target.name ?? '');
    if (this.#ready === undefined || tool === undefined || method !== 'tools/call') {
      throw new RpcError(rpcCode.methodNotFound, `"${method.slice(0, 128)}" is not offered here.`);
    }
    const args = target.params['arguments'] ?? {};
    if (!isJsonObject(args)) {
      throw new RpcError(rpcCode.invalidParams, '"arguments" must be an object.');
    }
    const context = { ...this.#ready, baseUrl: () => this.#context.baseUrl() };
    return completeWith(await this.#ready.run(context, principal, tool, args));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loading;
    await this.#ready?.live[Symbol.asyncDispose]();
  }

  #isReached(endpoint: Endpoint): boolean {
    if (endpoint.kind === 'service') return endpoint.slug === this.slug;
    if (endpoint.kind === 'some') return endpoint.slugs.includes(this.slug);
    return endpoint.kind === 'all';
  }

  /** What fails here is told in the log, and costs no more than the tools. */
  async #load(): Promise<void> {
    const { log, slug } = this.#context;
    try {
      const [api, { compileTools }, { runTool }] = await Promise.all([
        this.#context.api(),
        import('./compile-tools.ts'),
        import('./run-tool.ts'),
      ]);
      const tools = compileTools(api, slug);
      const live = liveService(slug, tools, log);
      await live.start();
      this.#ready = { api, tools, live, run: runTool };
    } catch (error) {
      const text = error instanceof Error ? error.message : 'unknown failure';
      log.error({ slug, error: text }, 'the tools of the gateway itself could not be made');
    }
  }
}

/** Lives in no catalog, so that nobody changes, disables or removes it. */
function liveService(slug: string, tools: AdminTools, log: Log): ServiceRuntime {
  const nowMs = Date.now();
  const service = {
    id: 'svc_gateway',
    tenant: tenantId(''),
    slug,
    kind: 'gateway',
    title: 'MCP Gateway',
    enabled: true,
    config: {},
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    version: 1,
  };
  return new ServiceRuntime(service, {
    log,
    open: () => Promise.resolve(listOnly(tools)),
    listsChanged: () => {},
    resourceUpdated: () => {},
  });
}

/** Lists the tools; a call needs the caller, whom an upstream does not know. */
function listOnly({ byName, document }: AdminTools): Upstream {
  const served = [...byName.values()].map(({ definition }): ServedTool => {
    return {
      definition: definition as unknown as ServedTool['definition'],
      run: () => Promise.reject(new RpcError(rpcCode.methodNotFound, 'Nobody calls.')),
    };
  });
  const server = createToolServer(served);
  const { version } = document.service;
  const described = describeToolServer('mcp-gateway', { tools: {} });
  return {
    discover: () =>
      Promise.resolve({
        ...described,
        serverInfo: { name: 'mcp-gateway', title: 'MCP Gateway', version },
      }),
    request: (request, io) => server.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
