import { RpcError } from '../../kernel/errors.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { askUpstream } from '../ask-upstream.ts';
import type { Permitted, TaskTarget } from '../exchange.ts';
import type { GatewayTasks } from './gateway-tasks.ts';
import { unknownTask } from './task-ids.ts';

/** Answers a method of the tasks extension, or lets the service that keeps the task answer it. */
export async function forwardTask(
  permitted: Permitted,
  { live, task, taskId }: TaskTarget,
  tasks: GatewayTasks,
): Promise<McpOutcome> {
  const { method, params } = permitted.request;
  if (task.keeper === 'gateway') return tasks.answer(method, task.id, params);
  let outcome: McpOutcome;
  try {
    outcome = await askUpstream(permitted, live, { ...params, taskId: task.id }, permitted.io);
  } catch (error) {
    throw withoutOwnId(error, task.id);
  }
  if (outcome.resultType !== 'complete' || !outcome.result.has('taskId')) return outcome;
  const rest = outcome.result.withoutMembers(['taskId']);
  return { ...outcome, result: rest.withMember('taskId', JSON.stringify(taskId)) };
}

/** The service speaks of the task by a name that its client does not know. */
function withoutOwnId(error: unknown, own: string): unknown {
  if (!(error instanceof RpcError) || error.rpcCode !== rpcCode.invalidParams) return error;
  const isNamed = `${error.message}${JSON.stringify(error.data ?? null)}`.includes(own);
  return isNamed ? unknownTask() : error;
}
