import { GatewayError, RpcError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { GrantOwner } from '../../kernel/principal.ts';
import type { TaskOrigin, TaskReference } from '../task-reference.ts';
import type { Seal } from '../../kernel/seal.ts';
import { rpcCode } from '../../mcp/protocol.ts';

/** What is remembered of this call when it becomes a task. */
export function taskOrigin(
  { workId, startedAtMs, attributes }: Omit<TaskOrigin, 'tool'>,
  tool: string | null,
): TaskOrigin {
  const name = (tool ?? '').slice(0, limits.taskToolCharactersMax);
  return { workId, startedAtMs, attributes, tool: name };
}

/**
 * Wraps task ids so that only the caller they were given to can use them, and so that every
 * instance knows which service they lead to (SEP-2663, "Security Implications"). The text is made
 * of characters that a header may hold.
 */
export class TaskIds {
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /** Throws GatewayError `upstream_failed` for an id that is too long to carry. */
  wrap({ serviceId, keeper, id, call }: TaskReference, owner: GrantOwner): string {
    if (id.length > limits.taskIdLengthMax) {
      throw new GatewayError('upstream_failed', 'The service named a task with too long an id.');
    }
    const { workId, tool, startedAtMs, attributes } = call;
    const facts = [serviceId, keeper, id, workId, tool, startedAtMs] as const;
    const payload: SealedTask = attributes === null ? facts : [...facts, attributes];
    return this.#seal.seal(JSON.stringify(payload), contextOf(owner));
  }

  /** What the id stands for, or undefined when it is not one of this caller's. */
  unwrap(taskId: Json | undefined, owner: GrantOwner): TaskReference | undefined {
    if (typeof taskId !== 'string') return undefined;
    const opened = this.#seal.open(taskId, contextOf(owner));
    if (opened === undefined) return undefined;
    const [serviceId, keeper, id, workId, tool, startedAtMs, attributes = null] = JSON.parse(
      opened,
    ) as SealedTask;
    return { serviceId, keeper, id, call: { workId, tool, startedAtMs, attributes } };
  }
}

type SealedTask = readonly [
  ...[serviceId: string, keeper: TaskReference['keeper'], id: string],
  ...[workId: string, tool: string, startedAtMs: number, attributes?: string],
];

/** The error for a task id that is nobody's, forged, another's or forgotten: all the same. */
export function unknownTask(): RpcError {
  return new RpcError(rpcCode.invalidParams, 'Unknown task: the id is not valid or has expired.');
}

function contextOf({ tenant, grantId }: GrantOwner): string {
  return `${tenant}\n${grantId}`;
}
