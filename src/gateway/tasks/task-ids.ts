import { GatewayError, RpcError } from '../../kernel/errors.ts';
import type { Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import { rpcCode } from '../../mcp/protocol.ts';

/** What a task id of the gateway stands for. */
export interface TaskReference {
  readonly serviceId: string;
  /** `upstream`: the service keeps the task; `gateway`: the gateway does. */
  readonly keeper: 'upstream' | 'gateway';
  /** The task's id where it is kept. */
  readonly id: string;
}

/** Whose task it is; nobody else can use its id. */
export type TaskOwner = Pick<Principal, 'tenant' | 'credentialId'>;

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
  wrap({ serviceId, keeper, id }: TaskReference, owner: TaskOwner): string {
    if (id.length > limits.taskIdLengthMax) {
      throw new GatewayError('upstream_failed', 'The service named a task with too long an id.');
    }
    return this.#seal.seal(JSON.stringify([serviceId, keeper, id]), contextOf(owner));
  }

  /** What the id stands for, or undefined when it is not one of this caller's. */
  unwrap(taskId: Json | undefined, owner: TaskOwner): TaskReference | undefined {
    if (typeof taskId !== 'string') return undefined;
    const opened = this.#seal.open(taskId, contextOf(owner));
    if (opened === undefined) return undefined;
    const [serviceId, keeper, id] = JSON.parse(opened) as [string, TaskReference['keeper'], string];
    return { serviceId, keeper, id };
  }
}

/** The error for a task id that is nobody's, forged, another's or forgotten: all the same. */
export function unknownTask(): RpcError {
  return new RpcError(rpcCode.invalidParams, 'Unknown task: the id is not valid or has expired.');
}

function contextOf({ tenant, credentialId }: TaskOwner): string {
  return `${tenant}\n${credentialId}`;
}
