import type { LiveService } from '../../catalog/live-service.ts';
import type { Bus } from '../../kernel/bus.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import {
  isJsonObject,
  objectMember,
  stringMember,
  type Json,
  type JsonObject,
} from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { McpOutcome, McpRequest } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { requireTasks } from '../../mcp/tasks-extension.ts';
import { ConcurrencyGate } from '../../policy/concurrency-gate.ts';
import { listKinds, type ListKind } from '../../upstream/upstream.ts';
import type { GatewayTarget, Permitted } from '../exchange.ts';
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
  readonly #ofCredential = new ConcurrencyGate(limits.listenStreamsPerCredentialMax);
  readonly #ofTenant = new ConcurrencyGate(limits.listenStreamsPerTenantMax);
  readonly #tasks: TaskWatches;
  readonly #open = new Set<() => void>();

  constructor(bus: Bus, tasks: TaskWatches) {
    this.#bus = bus;
    this.#tasks = tasks;
  }

  /** Streams until the client leaves or the gateway ends all streams; both are a clean end. */
  async listen(permitted: Permitted, target: GatewayTarget): Promise<McpOutcome> {
    const { principal, io, request } = permitted;
    const taskIds = readTaskIds(request);
    const { bundle, resources } = target.snapshot;
    const filter = readFilter(request.params, unionCapabilities(target.services));
    const isThere = (uri: string): boolean => bundle === null || resources.owner(uri) !== undefined;
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
    for (const end of this.#open) end();
  }

  #enter({ credentialId, tenant }: Principal): () => void {
    const leaveCredential = this.#ofCredential.enter(credentialId);
    try {
      const leaveTenant = this.#ofTenant.enter(tenant);
      return () => {
        leaveCredential();
        leaveTenant();
      };
    } catch (error) {
      leaveCredential();
      throw error;
    }
  }

  #stream(permitted: Permitted, target: GatewayTarget, honoured: Honoured): Promise<void> {
    const { principal, io, endpoint } = permitted;
    const { bundle } = target.snapshot;
    const services = new Set(target.services.map(({ service }) => service.id));
    const isOf = (ids: ReadonlySet<string>) => (event: { tenant: string; serviceId: string }) =>
      event.tenant === principal.tenant && (endpoint.kind === 'all' || ids.has(event.serviceId));
    const mine = isOf(services);
    // The lists of a bundle change with the bundle, not with all that its services have.
    const myLists = bundle === null ? mine : isOf(new Set([bundle.id]));
    const queue = new ChangeQueue((method, params) => void io.notify({ method, params }));
    return new Promise((resolve) => {
      const undo = [
        this.#bus.on('catalog.changed', (event) => {
          if (!myLists(event)) return;
          for (const list of event.lists) {
            if (honoured.lists.has(list)) queue.add(`notifications/${list}/list_changed`, {});
          }
        }),
        this.#bus.on('resource.updated', (event) => {
          if (!mine(event) || !honoured.uris.includes(event.uri)) return;
          queue.add('notifications/resources/updated', { uri: event.uri });
        }),
        this.#tasks.watch(honoured.tasks, principal, (task) => {
          queue.add('notifications/tasks', task, stringMember(task, 'taskId'));
        }),
      ];
      const end = (): void => {
        this.#open.delete(end);
        for (const one of undo) one();
        queue.close();
        resolve();
      };
      this.#open.add(end);
      io.cancellation.onCancel(end);
    });
  }
}

/** Sends each distinct change once per pause. */
class ChangeQueue {
  readonly #send: (method: string, params: JsonObject) => void;
  readonly #waiting = new Map<string, { method: string; params: JsonObject }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (method: string, params: JsonObject) => void) {
    this.#send = send;
  }

  /** Of several changes with one key only the last is sent. */
  add(method: string, params: JsonObject, key = JSON.stringify(params)): void {
    this.#waiting.set(`${method}\n${key}`, { method, params });
    this.#timer ??= setTimeout(() => this.#flush(), COALESCE_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    for (const { method, params } of this.#waiting.values()) this.#send(method, params);
    this.#waiting.clear();
  }
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
  const byService = new Map<LiveService, string[]>();
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
