import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Bus } from '../kernel/bus.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Principal, TenantId } from '../kernel/principal.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import type { McpOutcome } from '../mcp/message.ts';
import { isListen } from '../mcp/protocol.ts';
import type { UsageLog } from '../metering/store.ts';
import { ConcurrencyGate } from '../policy/concurrency-gate.ts';
import type { Permitted, Received } from './exchange.ts';
import { ResultCache } from './cache/result-cache.ts';
import { forwardUpstream, type ForwardParts } from './forward-upstream.ts';
import { AggregateLists } from './answers/aggregate-list.ts';
import { discover } from './answers/discover.ts';
import { ListenHub } from './answers/listen.ts';
import { listSkills } from './answers/skill-list.ts';
import { RequestStates } from './request-state.ts';
import { searchUpstreams } from './search-upstreams.ts';
import { handle, type Filter, type SpineSteps } from './spine.ts';
import { createAuthorize } from './steps/authorize.ts';
import { createMeter } from './steps/meter.ts';
import { createRoute } from './steps/route.ts';
import { forwardTask } from './tasks/forward-task.ts';
import { AwaitedTasks } from './tasks/awaited-tasks.ts';
import { GatewayTasks } from './tasks/gateway-tasks.ts';
import { TaskIds } from './tasks/task-ids.ts';
import { TaskWatches } from './tasks/watch-tasks.ts';

/** What the data plane is made from. */
export interface GatewayContext {
  authenticate(token: string | undefined): Principal | Promise<Principal>;
  snapshotOf(tenant: TenantId): TenantSnapshot;
  /** The tables of a bundle. Throws GatewayError `not_found`. */
  bundleSnapshotOf(tenant: TenantId, slug: string): TenantSnapshot;
  readonly usageLog: UsageLog;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly nodeId: string;
  readonly sealRing: readonly SealKey[];
  readonly filters: readonly Filter[];
  /** How long a call waits before it becomes a task; `limits` has the default. */
  readonly taskTimes?: { readonly afterMs: number };
}

/** The data plane: every door hands its requests here. */
export interface Gateway {
  /** See SpineSteps.authenticate; for doors that must know the caller before they decode. */
  authenticate(token: string | undefined): Principal | Promise<Principal>;
  handle(received: Received): Promise<McpOutcome>;
  /** Ends all listen streams cleanly. */
  endListenStreams(): void;
}

/** Builds the data plane. */
export function createGateway(context: GatewayContext): Gateway {
  const taskIds = new TaskIds(new Seal(context.sealRing, 'task id'));
  const tasks = new GatewayTasks(taskIds, { ...context.taskTimes });
  const cursorSeal = new Seal(context.sealRing, 'cursor');
  const parts: Parts = {
    states: new RequestStates(new Seal(context.sealRing, 'request state')),
    taskIds,
    tasks,
    awaited: new AwaitedTasks(taskIds),
    cursorSeal,
    lists: new AggregateLists(cursorSeal, context.bus),
    hub: new ListenHub(context.bus, new TaskWatches(taskIds, tasks)),
  };
  const cache = new ResultCache(context.bus);
  const filters = [...context.filters, cache.filter];
  const gate = new ConcurrencyGate();
  const steps: SpineSteps = {
    authenticate(received) {
      const principal = context.authenticate(received.token);
      if (principal instanceof Promise) {
        return principal.then((one) => ({ ...received, principal: one }));
      }
      return { ...received, principal };
    },
    route: createRoute(context, taskIds),
    authorize: createAuthorize(),
    limit: ({ principal, request }) => (isListen(request) ? noPlace : gate.enter(principal.tenant)),
    meter: createMeter(context),
    forward: (permitted) => forward(permitted, parts),
  };
  return {
    authenticate: (token) => context.authenticate(token),
    handle: (received) => handle(steps, filters, received),
    endListenStreams: () => parts.hub.endAll(),
  };
}

/** Streams on which nothing happens take no place from calls: the hub has bounds of its own. */
const noPlace = (): void => {};

interface Parts extends ForwardParts {
  readonly cursorSeal: Seal;
  readonly lists: AggregateLists;
  readonly hub: ListenHub;
}

function forward(permitted: Permitted, parts: Parts): Promise<McpOutcome> {
  const { target, request } = permitted;
  switch (target.kind) {
    case 'upstream':
      return forwardUpstream(permitted, target, parts);
    case 'search':
      return searchUpstreams(permitted, target, parts);
    case 'task':
      return forwardTask(permitted, target, parts.tasks);
    case 'gateway':
      break;
  }
  switch (request.method) {
    case 'subscriptions/listen':
      return parts.hub.listen(permitted, target);
    case 'server/discover':
      return Promise.resolve(discover(permitted, target));
    case 'skills/list':
      return listSkills(permitted, target, parts, parts.cursorSeal);
    default:
      return parts.lists.list(permitted, target);
  }
}
