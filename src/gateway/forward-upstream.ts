import { GatewayError } from '../kernel/errors.ts';
import { objectMember, withoutMembers, type JsonObject } from '../kernel/json.ts';
import { ConnectionNeeded } from '../kernel/oauth/upstream-oauth.ts';
import { checkParamHeaders } from '../mcp/server/modern/check-param-headers.ts';
import type { ExchangeIo, McpOutcome } from '../mcp/message.ts';
import { declaresTasks, TASKS_EXTENSION } from '../mcp/tasks-extension.ts';
import { askUpstream, type AskContext } from './ask-upstream.ts';
import {
  asBefore,
  askToConnect,
  backFromConnecting,
  type ConnectRound,
  type UserConnections,
} from './connect-user.ts';
import type { Permitted, UpstreamTarget } from './exchange.ts';
import { invalidState, type RequestStates, type ResumedState } from './request-state.ts';
import type { Ask } from './tasks/gateway-task.ts';
import { taskText, type TaskOutcome } from './task-outcome.ts';
import type { AwaitedCall, AwaitedTasks } from './tasks/awaited-tasks.ts';
import type { GatewayTasks } from './tasks/gateway-tasks.ts';
import type { TaskClosings } from './tasks/task-closing.ts';
import { taskOrigin, type TaskIds } from './tasks/task-ids.ts';

/** What forwarding is made from. */
export interface ForwardContext extends AskContext {
  readonly closings: TaskClosings;
  readonly states: RequestStates;
  readonly taskIds: TaskIds;
  readonly tasks: GatewayTasks;
  readonly awaited: AwaitedTasks;
  readonly userConnections: UserConnections;
}

/**
 * Sends a permitted request to its service and returns what comes back. A user who has to connect
 * an account first is sent to do so.
 */
export async function forwardUpstream(
  permitted: Permitted,
  target: UpstreamTarget,
  context: ForwardContext,
): Promise<McpOutcome> {
  const { resumed } = permitted;
  if (resumed?.kind !== 'connect') {
    return await forwardOrConnect(permitted, target, context, undefined);
  }
  const before = JSON.parse(resumed.value ?? '') as ConnectRound;
  const { userConnections } = context;
  const declined = await backFromConnecting(permitted, target, userConnections, before);
  if (declined !== undefined) return declined;
  const again = { ...permitted, resumed: undefined };
  return await forwardOrConnect(again, asBefore(target), context, before);
}

async function forwardOrConnect(
  permitted: Permitted,
  target: UpstreamTarget,
  context: ForwardContext,
  before: ConnectRound | undefined,
): Promise<McpOutcome> {
  try {
    return await forwardToUpstream(permitted, target, context);
  } catch (error) {
    if (!(error instanceof ConnectionNeeded)) throw error;
    const { states, userConnections } = context;
    const outcome = await askToConnect(error, permitted, target, userConnections, before);
    if (outcome.resultType !== 'input_required') return outcome;
    const { workId, principal, request } = permitted;
    const value = outcome.requestState;
    const state = { workId, serviceId: target.live.service.id, kind: 'connect', value } as const;
    const binding = { owner: principal, method: request.method, params: target.params };
    return { ...outcome, requestState: states.wrap(state, binding) };
  }
}

/** The same for a request that nobody is asked anything for. */
export async function forwardToUpstream(
  permitted: Permitted,
  target: UpstreamTarget,
  context: ForwardContext,
): Promise<McpOutcome> {
  const { request, principal, io } = permitted;
  const { live } = target;
  const { states } = context;
  const sent = target.routed ?? target.params;
  const isToolCall = request.method === 'tools/call';
  if (isToolCall && permitted.headers !== undefined) {
    const plan = live.headerPlanOf(target.name ?? '');
    if (plan !== undefined) checkParamHeaders(plan, sent['arguments'], permitted.headers);
  }
  const { resumed } = permitted;
  const serviceId = live.service.id;
  const sealed = (outcome: McpOutcome, kind: ResumedState['kind'] = 'request'): McpOutcome => {
    if (outcome.resultType !== 'input_required') return outcome;
    const state = { workId: permitted.workId, serviceId, kind, value: outcome.requestState };
    const binding = { owner: principal, method: request.method, params: sent };
    return { ...outcome, requestState: states.wrap(state, binding) };
  };
  const params = withUpstreamState(target.params, resumed);
  if (isToolCall && mustAwaitTasks(permitted, target)) {
    const ask: AskAs = (taker, given, way) => askUpstream(context, taker, live, given, way);
    const call = awaitedCall(permitted, target, params, ask);
    const { outcome, isOfTask } = await context.awaited.run(call);
    return sealed(outcome, isOfTask ? 'task' : 'request');
  }
  if (resumed?.kind === 'task') throw invalidState();
  if (isToolCall && mayBecomeTask(permitted, target)) {
    const ask: Ask = async (given, way) =>
      withOwnTaskId(
        await askUpstream(context, permitted, live, given, way),
        permitted,
        target,
        context,
      );
    return sealed(await context.tasks.run({ exchange: permitted, target, params, ask }));
  }
  const outcome = await askUpstream(context, permitted, live, params, io);
  if (outcome.resultType === 'complete') return outcome;
  if (outcome.resultType !== 'extension') return sealed(outcome);
  return withOwnTaskId(outcome, permitted, target, context);
}

/** Older revisions know no tasks of this kind: the gateway waits for those of their calls. */
function mustAwaitTasks({ request: { client } }: Permitted, { live }: UpstreamTarget): boolean {
  if (client.era === 'modern' && client.waitsForTasks !== true) return false;
  return declaresTasks(live.discovery?.capabilities);
}

type AskAs = (as: Permitted, params: JsonObject, io: ExchangeIo) => Promise<McpOutcome>;

/** Towards the service the gateway itself is the client, a modern one that takes tasks. */
function awaitedCall(
  permitted: Permitted,
  { live, params }: UpstreamTarget,
  firstParams: JsonObject,
  ask: AskAs,
): AwaitedCall {
  const { request, io, resumed } = permitted;
  const { capabilities } = request.client;
  const extensions = { ...objectMember(capabilities, 'extensions'), [TASKS_EXTENSION]: {} };
  const takes = { ...capabilities, extensions };
  const client = { ...request.client, era: 'modern', capabilities: takes } as const;
  const taker = { ...permitted, request: { ...request, client } };
  return {
    serviceId: live.service.id,
    taskId: resumed?.kind === 'task' ? resumed.value : undefined,
    capabilities,
    params,
    io,
    start: (way) => ask(taker, firstParams, way),
    ask: (method, sent, way) => {
      const own = { ...request, client, method, wantsProgress: false };
      return ask({ ...permitted, request: own }, sent, way);
    },
  };
}

/** For clients that take tasks the gateway makes them where the service makes none itself. */
function mayBecomeTask({ request: { client } }: Permitted, { live }: UpstreamTarget): boolean {
  if (client.era !== 'modern' || !declaresTasks(client.capabilities)) return false;
  return !declaresTasks(live.discovery?.capabilities);
}

/** A task that the service made gets an id that only this caller can use. */
function withOwnTaskId(
  outcome: McpOutcome,
  permitted: Permitted,
  { live, name }: UpstreamTarget,
  { taskIds }: ForwardContext,
): McpOutcome {
  if (outcome.resultType !== 'extension') return outcome;
  const { result } = outcome;
  const id = result.member('taskId');
  if (typeof id !== 'string') {
    throw new GatewayError('upstream_failed', 'The service made a task without an id.');
  }
  const call = taskOrigin(permitted, name);
  const reference = { serviceId: live.service.id, keeper: 'upstream', id, call } as const;
  const taskId = taskIds.wrap(reference, permitted.principal);
  const rest = result.withoutMembers(['taskId']);
  const shown = rest.withMember('taskId', JSON.stringify(taskId));
  return { resultType: 'extension', result: shown, task: taskText('upstream', id) } as TaskOutcome;
}

/** A retry brings the gateway's sealed state; the upstream gets its own back, or none. */
function withUpstreamState(params: JsonObject, resumed: ResumedState | undefined): JsonObject {
  if (resumed === undefined) return params;
  const others = withoutMembers(params, ['requestState']);
  const { kind, value } = resumed;
  return kind === 'task' || value === undefined ? others : { ...others, requestState: value };
}
