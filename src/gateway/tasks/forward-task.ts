import { RpcError } from '../../kernel/errors.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { askUpstream, type AskContext } from '../ask-upstream.ts';
import type { Permitted, TaskTarget } from '../exchange.ts';
import type { GatewayTasks } from './gateway-tasks.ts';
import { taskAccount } from './task-account.ts';
import { endOfTask, type TaskClosings } from './task-closing.ts';
import { unknownTask } from './task-ids.ts';

/** What answering for tasks takes. */
export interface TaskContext extends AskContext {
  readonly tasks: GatewayTasks;
  readonly closings: TaskClosings;
}

/** Answers a method of the tasks extension, or lets the service that keeps the task answer it. */
export async function forwardTask(
  permitted: Permitted,
  { live, task, taskId }: TaskTarget,
  context: TaskContext,
): Promise<McpOutcome> {
  const { method, params } = permitted.request;
  if (task.keeper === 'gateway') return context.tasks.answer(method, task.id, params);
  let outcome: McpOutcome;
  try {
    outcome = await askUpstream(
      context,
      permitted,
      live,
      { ...params, taskId: task.id },
      permitted.io,
    );
  } catch (error) {
    throw withoutOwnId(error, task.id);
  }
  if (outcome.resultType !== 'complete' || !outcome.result.has('taskId')) return outcome;
  const end = endOfTask(outcome.result, task.call.startedAtMs);
  if (end !== undefined) await context.closings.close(taskAccount(permitted, live, task.call), end);
  const rest = outcome.result.withoutMembers(['taskId']);
  return { ...outcome, result: rest.withMember('taskId', JSON.stringify(taskId)) };
}

/** The service speaks of the task by a name that its client does not know. */
function withoutOwnId(error: unknown, own: string): unknown {
  if (!(error instanceof RpcError) || error.rpcCode !== rpcCode.invalidParams) return error;
  const isNamed = `${error.message}${JSON.stringify(error.data ?? null)}`.includes(own);
  return isNamed ? unknownTask() : error;
}
