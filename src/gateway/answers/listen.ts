import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { Bus } from '../../kernel/bus.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { fullVisibility } from '../../catalog/visibility.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { ChangeQueue } from '../../mcp/change-queue.ts';
import type { McpOutcome, McpRequest } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { requireTasks } from '../../mcp/tasks-extension.ts';
import { ConcurrencyGate } from '../../policy/concurrency-gate.ts';
import { listKinds, type ListKind } from '../../upstream/upstream.ts';
import type { GatewayTarget, Permitted } from '../exchange.ts';
import type { RoutingTables } from '../routing-tables.ts';
import type { TaskWatches, WatchedTask } from '../tasks/watch-tasks.ts';
import { unionCapabilities } from './capabilities.ts';

/** Changes that follow each other this closely are announced once. */
const COALESCE_MS = 100;
/** The longest an acknowledgement waits for upstreams that are to be watched. */
const WATCH_WAIT_MS = 2_000;

const FILTERS: Readonly<Record<ListKind, string>> = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
};

interface Honoured {
  readonly lists: ReadonlySet<ListKind>;
  readonly uris: readonly string[];
  readonly tasks: readonly WatchedTask[];
}

/** Answers `subscriptions/listen`: one stream of changes over the endpoint's services. */
export class ListenHub {
  readonly #bus: Bus;
  readonly #tables: Pick<RoutingTables, 'viewOf'>;
  readonly #ofGrant = new ConcurrencyGate(limits.listenStreamsPerCredentialMax);
  readonly #ofTenant = new ConcurrencyGate(limits.listenStreamsPerTenantMax);
  readonly #tasks: TaskWatches;
  readonly #open = new Set<() => void>();
  #isEnding = false;

  constructor(bus: Bus, tasks: TaskWatches, tables: Pick<RoutingTables, 'viewOf'>) {
    this.#bus = bus;
    this.#tables = tables;
    this.#tasks = tasks;
  }

  /** Streams until the client leaves or the gateway ends all streams; both are a clean end. */
  async listen(permitted: Permitted, target: GatewayTarget): Promise<McpOutcome> {
    const { principal, io, request } = permitted;
    const taskIds = readTaskIds(request);
    const { bundle, visibility } = target.snapshot;
    const filter = readFilter(request.params, unionCapabilities(target));
    const isThere = (uri: string): boolean =>
      visibility === fullVisibility && bundle === null
        ? true
        : target.services.some((live) => isReached(target, live, uri));
    const honoured = {
      lists: filter.lists,
      uris: filter.uris.filter(isThere),
      tasks: this.#tasks.known(taskIds, principal, target.services),
    };
    const leave = this.#enter(principal);
    const unwatch = await watchAll(target, honoured.uris);
    try {
      await io.notify({
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: asFilter(honoured) },
      });
      await this.#stream(permitted, target, honoured);
    } finally {
      unwatch();
      leave();
    }
    if (io.cancellation.reason !== undefined) throw new GatewayError('cancelled');
    return { resultType: 'complete', result: JsonBytes.fromValue({}) };
  }

  /** Ends every stream with a result, as a graceful shutdown does. */
  endAll(): void {
    this.#isEnding = true;
    for (const end of this.#open) end();
  }

  /** Rules may have taken away since what a stream was opened for. */
  #isReached(
    principal: Principal,
    { serviceId, uri }: { readonly serviceId: string; readonly uri: string },
  ): boolean {
    const { services, visibility } = this.#tables.viewOf(principal);
    if (visibility === fullVisibility) return true;
    const live = services.find(({ service }) => service.id === serviceId);
    return live !== undefined && visibility.reaches(live, uri);
  }

  #enter({ grantId, tenant }: Principal): () => void {
    const leaveGrant = this.#ofGrant.enter(grantId);
    try {
      const leaveTenant = this.#ofTenant.enter(tenant);
      return () => {
        leaveGrant();
        leaveTenant();
      };
    } catch (error) {
      leaveGrant();
      throw error;
    }
  }

  async #stream(permitted: Permitted, target: GatewayTarget, honoured: Honoured): Promise<void> {
    const { principal, io, endpoint } = permitted;
    const { bundle, visibility } = target.snapshot;
    const services = new Set(target.services.map(({ service }) => service.id));
    const isAll = endpoint.kind === 'all';
    const seesAll = (): boolean =>
      this.#tables.viewOf(principal).visibility === fullVisibility && visibility === fullVisibility;
    const isOf = (ids: ReadonlySet<string>) => (event: { tenant: string; serviceId: string }) =>
      event.tenant === principal.tenant && (ids.has(event.serviceId) || (isAll && seesAll()));
    const mine = isOf(services);
    // The lists of a bundle change with the bundle, not with all that its services have.
    const myLists = bundle === null ? mine : isOf(new Set([bundle.id]));
    // A service may come into a caller's view while it listens; one that leaves it was there.
    const look = (): void => {
      if (!isAll || seesAll()) return;
      for (const { service } of this.#tables.viewOf(principal).services) services.add(service.id);
    };
    // That a service has left is told once; what happens to it afterwards is not.
    const forget = (id: string): void => {
      if (!isAll || seesAll()) return;
      const isThere = this.#tables.viewOf(principal).services.some((one) => one.service.id === id);
      if (!isThere) services.delete(id);
    };
    // A bundle may change with a service of which its caller sees nothing.
    const isSeen = (id: string | undefined): boolean =>
      id === undefined ||
      visibility === fullVisibility ||
      services.has(id) ||
      this.#tables.viewOf(principal).services.some(({ service }) => service.id === id);
    const queue = new ChangeQueue(COALESCE_MS);
    const push = (method: string, params: JsonObject): void => queue.push({ method, params });
    const end = (): void => queue.end();
    const undo = [
      this.#bus.on('catalog.changed', (event) => {
        look();
        if (!myLists(event) || !isSeen(event.from)) return;
        for (const list of event.lists) {
          if (honoured.lists.has(list)) push(`notifications/${list}/list_changed`, {});
        }
        forget(event.serviceId);
      }),
      this.#bus.on('resource.updated', (event) => {
        if (!mine(event) || !honoured.uris.includes(event.uri)) return;
        if (!isReachedNow(target, event) || !this.#isReached(principal, event)) return;
        push('notifications/resources/updated', { uri: event.uri });
      }),
      this.#bus.on('grant.revoked', ({ tenant, grantId }) => {
        if (tenant === principal.tenant && grantId === principal.grantId) end();
      }),
      this.#tasks.watch(honoured.tasks, principal, (task) => push('notifications/tasks', task)),
      io.cancellation.onCancel(end),
    ];
    this.#open.add(end);
    // Opened while the gateway stops: it ends as the others did.
    if (this.#isEnding) end();
    try {
      for await (const change of queue) void io.notify(change);
    } finally {
      this.#open.delete(end);
      for (const one of undo) one();
    }
  }
}

/** True when the caller may read the resource on this service. */
function isReached(
  { snapshot: { bundle, resources, visibility } }: GatewayTarget,
  live: ServiceRuntime,
  uri: string,
): boolean {
  return bundle === null ? visibility.reaches(live, uri) : resources.owner(uri) === live;
}

/** Another service's resource of the same URI is not the one that is to be read here. */
function isReachedNow(
  target: GatewayTarget,
  { serviceId, uri }: { readonly serviceId: string; readonly uri: string },
): boolean {
  const { bundle, visibility } = target.snapshot;
  if (visibility === fullVisibility && bundle === null) return true;
  const live = target.services.find(({ service }) => service.id === serviceId);
  return live !== undefined && isReached(target, live, uri);
}

/** Throws GatewayError `missing_capability` when a client watches tasks that it does not take. */
function readTaskIds({ params, client }: McpRequest): readonly Json[] {
  const taskIds = objectMember(params, 'notifications')?.['taskIds'] ?? [];
  if (!Array.isArray(taskIds) || taskIds.length > limits.listenTasksMax) {
    const text = `taskIds must be a list of at most ${limits.listenTasksMax} task ids.`;
    throw new RpcError(rpcCode.invalidParams, text);
  }
  if (taskIds.length > 0) requireTasks(client);
  return taskIds as readonly Json[];
}

function readFilter(params: JsonObject, capabilities: JsonObject): Omit<Honoured, 'tasks'> {
  const filter = params['notifications'];
  if (!isJsonObject(filter)) {
    throw new RpcError(rpcCode.invalidParams, 'params.notifications must be an object.');
  }
  const lists = new Set<ListKind>();
  for (const list of listKinds) {
    if (filter[FILTERS[list]] === true && list in capabilities) lists.add(list);
  }
  const uris = filter['resourceSubscriptions'] ?? [];
  if (!isUriList(uris)) {
    const text = `resourceSubscriptions must be a list of at most ${limits.listenUrisMax} URIs.`;
    throw new RpcError(rpcCode.invalidParams, text);
  }
  const canSubscribe = objectMember(capabilities, 'resources')?.['subscribe'] === true;
  return { lists, uris: canSubscribe ? uris : [] };
}

function isUriList(value: Json): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= limits.listenUrisMax &&
    value.every((uri) => typeof uri === 'string')
  );
}

function asFilter({ lists, uris, tasks }: Honoured): JsonObject {
  const filter: Record<string, Json> = {};
  for (const list of lists) filter[FILTERS[list]] = true;
  if (uris.length > 0) filter['resourceSubscriptions'] = [...uris];
  if (tasks.length > 0) filter['taskIds'] = tasks.map(({ taskId }) => taskId);
  return filter;
}

/** Watches the URIs on the services that own them; slow upstreams do not hold up the rest. */
async function watchAll(
  { services, snapshot }: GatewayTarget,
  uris: readonly string[],
): Promise<() => void> {
  const byService = new Map<ServiceRuntime, string[]>();
  for (const uri of uris) {
    const live =
      services.length === 1 && snapshot.bundle === null
        ? services[0]
        : snapshot.resources.owner(uri);
    if (live !== undefined) byService.set(live, [...(byService.get(live) ?? []), uri]);
  }
  const watches = [...byService].map(([live, own]) => live.watch(own));
  if (watches.length > 0) {
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WATCH_WAIT_MS);
    });
    await Promise.race([Promise.all(watches.map((watch) => watch.ready)), timeUp]);
    clearTimeout(timer);
  }
  return () => {
    for (const watch of watches) watch.end();
  };
}
