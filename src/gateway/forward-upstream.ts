import { GatewayError } from '../kernel/errors.ts';
import { objectMember, withoutMembers, type JsonObject } from '../kernel/json.ts';
import { checkParamHeaders } from '../mcp/eras/modern/server/check-param-headers.ts';
import type { ExchangeIo, McpOutcome } from '../mcp/message.ts';
import { declaresTasks, TASKS_EXTENSION } from '../mcp/tasks-extension.ts';
import { askUpstream } from './ask-upstream.ts';
import type { Permitted, UpstreamTarget } from './exchange.ts';
import type { RequestStates, StateBinding } from './request-state.ts';
import type { Ask } from './tasks/gateway-task.ts';
import type { AwaitedCall, AwaitedTasks } from './tasks/awaited-tasks.ts';
import type { GatewayTasks } from './tasks/gateway-tasks.ts';
import type { TaskIds } from './tasks/task-ids.ts';

/** What forwarding is made from. */
export interface ForwardParts {
  readonly states: RequestStates;
  readonly taskIds: TaskIds;
  readonly tasks: GatewayTasks;
  readonly awaited: AwaitedTasks;
}

/** Sends a permitted request to its service and returns what comes back. */
export async function forwardUpstream(
  permitted: Permitted,
  target: UpstreamTarget,
  parts: ForwardParts,
): Promise<McpOutcome> {
  const { request, principal, io } = permitted;
  const { live } = target;
  const { states } = parts;
  const isToolCall = request.method === 'tools/call';
  if (isToolCall && permitted.headers !== undefined) {
    const plan = live.headerPlanOf(target.name ?? '');
    if (plan !== undefined) checkParamHeaders(plan, target.params['arguments'], permitted.headers);
  }
  const { tenant, credentialId } = principal;
  const serviceId = live.service.id;
  const binding: StateBinding = {
    tenant,
    credentialId,
    serviceId,
    method: request.method,
    params: target.params,
  };
  const sealed = (outcome: McpOutcome): McpOutcome =>
    outcome.resultType === 'input_required'
      ? { ...outcome, requestState: states.wrap(outcome.requestState, binding) }
      : outcome;
  const paramsOf = (): JsonObject => withUpstreamState(target.params, states, binding);
  if (isToolCall && mustAwaitTasks(permitted, target)) {
    const call = awaitedCall(permitted, target, async (taker, way) =>
      sealed(await askUpstream(taker, live, paramsOf(), way)),
    );
    return parts.awaited.run(call);
  }
  const params = paramsOf();
  if (isToolCall && mayBecomeTask(permitted, target)) {
    const ask: Ask = async (sent, way) =>
      withOwnTaskId(await askUpstream(permitted, live, sent, way), permitted, target, parts);
    return sealed(await parts.tasks.run({ serviceId, params, owner: principal, io, ask }));
  }
  const outcome = await askUpstream(permitted, live, params, io);
  if (outcome.resultType !== 'extension') return sealed(outcome);
  return withOwnTaskId(outcome, permitted, target, parts);
}

/** Older revisions know no tasks of this kind: the gateway waits for those of their calls. */
function mustAwaitTasks({ request: { client } }: Permitted, { live }: UpstreamTarget): boolean {
  if (client.era === 'modern' && client.waitsForTasks !== true) return false;
  return declaresTasks(live.discovery?.capabilities);
}

/** Towards the service the gateway itself is the client, a modern one that takes tasks. */
function awaitedCall(
  permitted: Permitted,
  { live, params }: UpstreamTarget,
  start: (taker: Permitted, io: ExchangeIo) => Promise<McpOutcome>,
): AwaitedCall {
  const { request, principal, io } = permitted;
  const { capabilities } = request.client;
  const extensions = { ...objectMember(capabilities, 'extensions'), [TASKS_EXTENSION]: {} };
  const takes = { ...capabilities, extensions };
  const client = { ...request.client, era: 'modern', capabilities: takes } as const;
  const taker = { ...permitted, request: { ...request, client } };
  return {
    serviceId: live.service.id,
    owner: principal,
    capabilities,
    params,
    io,
    start: (way) => start(taker, way),
    ask: (method, sent, way) => {
      const own = { ...request, client, method, wantsProgress: false };
      return askUpstream({ ...permitted, request: own }, live, sent, way);
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
  { principal }: Permitted,
  { live }: UpstreamTarget,
  { taskIds }: ForwardParts,
): McpOutcome {
  if (outcome.resultType !== 'extension') return outcome;
  const { result } = outcome;
  const id = result.member('taskId');
  if (typeof id !== 'string') {
    throw new GatewayError('upstream_failed', 'The service made a task without an id.');
  }
  const reference = { serviceId: live.service.id, keeper: 'upstream', id } as const;
  const taskId = taskIds.wrap(reference, principal);
  const rest = result.withoutMembers(['taskId']);
  return { resultType: 'extension', result: rest.withMember('taskId', JSON.stringify(taskId)) };
}

/** A retry brings the gateway's sealed state; the upstream gets its own back, or none. */
function withUpstreamState(
  params: JsonObject,
  states: RequestStates,
  binding: StateBinding,
): JsonObject {
  if (params['requestState'] === undefined) return params;
  const upstreamState = states.unwrap(params['requestState'], binding);
  const others = withoutMembers(params, ['requestState']);
  return upstreamState === undefined ? others : { ...others, requestState: upstreamState };
}
