import { RpcError } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { GrantOwner } from '../kernel/principal.ts';
import type { Seal } from '../kernel/seal.ts';
import { rpcCode } from '../mcp/protocol.ts';
import { paramsDigest } from './params-digest.ts';

/** What a round of input hands to the next one, through the client and unseen by it. */
export interface ResumedState {
  readonly workId: string;
  /** The service that asked. */
  readonly serviceId: string;
  /**
   * `request`: the service's own `requestState`; `task`: the id of a task that is waited for;
   * `approval`: the id of an approval that the caller was asked for; `connect`: which time the user
   * was sent to connect an account.
   */
  readonly kind: 'request' | 'task' | 'approval' | 'connect';
  /** Absent when the service gave no state: the round is bound all the same. */
  readonly value: string | undefined;
}

/** What a sealed request state is bound to; another request cannot use it. */
export interface StateBinding {
  readonly owner: GrantOwner;
  readonly method: string;
  /** As the service knows them. */
  readonly params: JsonObject;
}

/**
 * Wraps the upstream's `requestState` so that only the same caller can bring it back, for the
 * same request, for a limited time (basic/patterns/mrtr, "Server Requirements" 4 and 5).
 */
export class RequestStates {
  readonly #seal: Seal;
  readonly #now: () => number;

  constructor(seal: Seal, now: () => number = Date.now) {
    this.#seal = seal;
    this.#now = now;
  }

  wrap({ workId, serviceId, kind, value }: ResumedState, binding: StateBinding): string {
    const expiresAtMs = this.#now() + limits.parkedCallMs;
    const payload: SealedState = [expiresAtMs, workId, serviceId, kind, value ?? null];
    return this.#seal.seal(JSON.stringify(payload), contextOf(binding));
  }

  /** Opens what a client brought. Throws RpcError -32602 when it is not this request's state. */
  unwrap(state: Json | undefined, binding: StateBinding): ResumedState {
    const opened =
      typeof state === 'string' ? this.#seal.open(state, contextOf(binding)) : undefined;
    if (opened === undefined) throw invalidState();
    const [expiresAtMs, workId, serviceId, kind, value] = JSON.parse(opened) as SealedState;
    if (expiresAtMs <= this.#now()) throw invalidState();
    return { workId, serviceId, kind, value: value ?? undefined };
  }
}

type SealedState = readonly [number, string, string, ResumedState['kind'], string | null];

/** The error for a state that is forged, expired, or another request's: all the same. */
export function invalidState(): RpcError {
  const text =
    'requestState is not valid for this request, or has expired; start again without it.';
  return new RpcError(rpcCode.invalidParams, text);
}

function contextOf({ owner, method, params }: StateBinding): string {
  return [owner.tenant, owner.grantId, method, paramsDigest(params)].join('\n');
}
