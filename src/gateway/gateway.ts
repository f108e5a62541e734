import type { Bus } from '../kernel/bus.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import { stringMember } from '../kernel/json.ts';
import type { McpOutcome } from '../mcp/message.ts';
import type { UsageLog } from '../metering/store.ts';
import type { CallerCredentials } from './ask-upstream.ts';
import type { Admitted, Permitted } from './exchange.ts';
import { createApprovalFilter, type ApprovalFilterContext } from './approvals/approval-filter.ts';
import { ResultCache } from './cache/result-cache.ts';
import type { Filter } from './filter.ts';
import { forwardUpstream, type ForwardContext } from './forward-upstream.ts';
import { AggregateLists } from './answers/aggregate-list.ts';
import { discover } from './answers/discover.ts';
import { nobodyConnects, type UserConnections } from './connect-user.ts';
import { ListenHub } from './answers/listen.ts';
import { listSkills } from './answers/skill-list.ts';
import type { Observer } from './observer.ts';
import type { OwnService } from './own-service.ts';
import { RequestStates } from './request-state.ts';
import type { RoutingTables } from './routing-tables.ts';
import { RepeatedCalls } from './idempotency/repeated-calls.ts';
import { searchUpstreams } from './search-upstreams.ts';
import type { ShownCosts } from './steps/shown-cost.ts';
import { reportFilter, type AskedFactsOf } from './usage-facts.ts';
import { handle, type SpineExtensions, type SpineSteps } from './spine.ts';
import { innerRequest, type ToolFinder } from './finder/tool-finder.ts';
import { createAuthorize } from './steps/authorize.ts';
import { CallParts, type CallPartsContext } from './parts/call-parts.ts';
import { createMeter, type Announcing } from './steps/meter.ts';
import { createReserve, type ReserveContext } from './steps/reserve.ts';
import { createRoute } from './steps/route.ts';
import { forwardTask } from './tasks/forward-task.ts';
import { AwaitedTasks } from './tasks/awaited-tasks.ts';
import { GatewayTasks } from './tasks/gateway-tasks.ts';
import { TaskClosings } from './tasks/task-closing.ts';
import { TaskIds } from './tasks/task-ids.ts';
import { TaskWatches, type IsGuarded } from './tasks/watch-tasks.ts';

/** What the data plane is made from. */
export interface GatewayContext extends RoutingTables, ReserveContext {
  readonly usageLog: UsageLog;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly nodeId: string;
  readonly log: Log;
  readonly sealRing: readonly SealKey[];
  readonly filters: readonly Filter[];
  readonly observers: readonly Observer[];
  /** What billing rules ask of calls; without it nothing. */
  readonly askedFactsOf?: AskedFactsOf;
  /** What results say of their cost; without it nothing. */
  readonly shownCosts?: ShownCosts;
  /** Tells the log of calls before they are made; without it of none. */
  readonly announcing?: Announcing;
  /** How long exchanges are recorded while they run; without it they are when they end. */
  readonly parts?: Pick<CallPartsContext, 'usageLog' | 'everyMs'>;
  /** Holds back calls that somebody has to approve; without it nobody has to. */
  readonly approvals?: Omit<ApprovalFilterContext, 'states'>;
  /** The callers' own credentials for services; without it there are none. */
  readonly callerCredentials?: CallerCredentials;
  /** Whether results of the tool are looked at first: then no stream of tasks may carry them. */
  readonly isGuarded?: IsGuarded;
  /** How users connect accounts of their own; without it nobody can. */
  readonly userConnections?: UserConnections;
  /** What the gateway is for callers as a service; without it it is none. */
  readonly own?: OwnService | undefined;
  /** Finds tools; without it nothing is found. */
  readonly finder?: ToolFinder | undefined;
  /** How long a call waits before it becomes a task; `limits` has the default. */
  readonly taskTimes?: { readonly afterMs: number };
}

/** The data plane: every door hands the requests of admitted callers here. */
export interface Gateway {
  handle(admitted: Admitted): Promise<McpOutcome>;
  /** Ends all listen streams cleanly. */
  endListenStreams(): void;
  /** Ends the tasks that live in this process; their ends are recorded. */
  endTasks(): void;
  /** The tasks of this process and what closes the accounts of all. */
  readonly tasks: GatewayTasks;
  readonly closings: TaskClosings;
}

/** Builds the data plane. */
export function createGateway(context: GatewayContext): Gateway {
  const taskIds = new TaskIds(new Seal(context.sealRing, 'task id'));
  const closings = new TaskClosings(context);
  const tasks = new GatewayTasks(taskIds, closings, { ...context.taskTimes });
  const cursorSeal = new Seal(context.sealRing, 'cursor');
  const states = new RequestStates(new Seal(context.sealRing, 'request state'));
  const answering: AnswerContext = {
    states,
    taskIds,
    tasks,
    closings,
    awaited: new AwaitedTasks(),
    callerCredentials: context.callerCredentials ?? noCredentials,
    userConnections: context.userConnections ?? nobodyConnects,
    cursorSeal,
    lists: new AggregateLists(cursorSeal, context.bus),
    hub: new ListenHub(context.bus, new TaskWatches(taskIds, tasks, context.isGuarded), context),
  };
  const { observers, approvals } = context;
  const held = approvals === undefined ? [] : [createApprovalFilter({ ...approvals, states })];
  const reports = context.askedFactsOf === undefined ? [] : [reportFilter];
  const filters = [...reports, ...context.filters, ...held, new ResultCache(context.bus).filter];
  const repeated = new RepeatedCalls();
  const extensions = {
    filters: [repeated.filter, ...filters],
    observers,
  };
  const parts = callPartsOf(context);
  const steps: SpineSteps = {
    route: createRoute({ ...context, taskIds, states }),
    authorize: createAuthorize((principal) => context.restrictionOf(principal)),
    reserve: createReserve({ ...context, isKept: (permitted) => repeated.isKept(permitted) }),
    meter: createMeter({ ...context, parts }),
    forward: (permitted) => {
      parts?.forwarded(permitted.attemptId);
      return forward(permitted, answering, context.own);
    },
  };
  const { own, finder } = context;
  const findTools = finder && finding(finder, context, steps, extensions, { taskIds, states });
  return {
    handle: (admitted) => {
      const { endpoint } = admitted;
      if (endpoint.kind === 'service' && endpoint.slug === finder?.slug) {
        const found = findTools?.(admitted);
        if (found !== undefined) return found;
      }
      const waiting = own?.waitFor(admitted.endpoint);
      if (waiting === undefined) return handle(steps, extensions, admitted);
      return waiting.then(() => handle(steps, extensions, admitted));
    },
    endListenStreams: () => answering.hub.endAll(),
    endTasks: () => tasks.endAll(),
    tasks,
    closings,
  };
}

function callPartsOf(context: GatewayContext): CallParts | undefined {
  const { parts, askedFactsOf, nodeId, log } = context;
  if (parts === undefined || askedFactsOf === undefined) return undefined;
  return new CallParts({ ...parts, askedFactsOf, nodeId, log });
}

/** Handles what comes to the finder's endpoint; undefined where a service has its name. */
function finding(
  finder: ToolFinder,
  context: GatewayContext,
  steps: SpineSteps,
  extensions: SpineExtensions,
  sealed: { readonly taskIds: TaskIds; readonly states: RequestStates },
): (admitted: Admitted) => Promise<McpOutcome> | undefined {
  const viewOf: RoutingTables['viewOf'] = (principal) => context.viewOf(principal);
  const own: SpineSteps = {
    ...steps,
    route: createRoute({
      ...context,
      ...sealed,
      viewOf: (principal) => finder.routesOf(viewOf(principal)),
    }),
    forward: (permitted) => {
      const { target, principal } = permitted;
      const isFinders = target.kind === 'upstream' && finder.is(target.live);
      if (!isFinders) return steps.forward(permitted);
      return finder.answer(permitted, target, viewOf(principal));
    },
  };
  return (admitted) => {
    // A tenant that has a service of this name keeps what its clients know by the name.
    if (viewOf(admitted.principal).bySlug.has(finder.slug)) return undefined;
    return finder.ready().then(async () => {
      await context.own?.waitFor({ kind: 'all' });
      const inner = innerRequest(admitted);
      if (inner === undefined) return await handle(own, extensions, admitted);
      const { principal, request } = inner;
      const outcome = await handle(steps, extensions, inner);
      const name = stringMember(request.params, 'name');
      if (name !== undefined && isAnswered(outcome))
        finder.called(principal, name, viewOf(principal));
      return outcome;
    });
  };
}

/** Whether a tool did what it was called for, as far as one can tell. */
function isAnswered(outcome: McpOutcome): boolean {
  if (outcome.resultType === 'piped') return !outcome.isError;
  return outcome.resultType === 'complete' && outcome.result.member('isError') !== true;
}

const noCredentials: CallerCredentials = { of: () => undefined };

interface AnswerContext extends ForwardContext {
  readonly cursorSeal: Seal;
  readonly lists: AggregateLists;
  readonly hub: ListenHub;
}

function forward(
  permitted: Permitted,
  answering: AnswerContext,
  own: OwnService | undefined,
): Promise<McpOutcome> {
  const { target, request } = permitted;
  switch (target.kind) {
    case 'upstream':
      if (own?.is(target.live) === true) return own.answer(permitted, target);
      return forwardUpstream(permitted, target, answering);
    case 'search':
      return searchUpstreams(permitted, target, answering);
    case 'task':
      return forwardTask(permitted, target, answering);
    case 'gateway':
      break;
  }
  switch (request.method) {
    case 'subscriptions/listen':
      return answering.hub.listen(permitted, target);
    case 'server/discover':
      return Promise.resolve(discover(permitted, target));
    case 'skills/list':
      return listSkills(permitted, target, answering, answering.cursorSeal);
    default:
      return answering.lists.list(permitted, target);
  }
}
