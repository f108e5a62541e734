import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { RpcError } from '../kernel/errors.ts';
import { withoutMembers, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Seal } from '../kernel/seal.ts';
import { rpcCode } from '../mcp/protocol.ts';

/** What a sealed request state is bound to; another request cannot use it. */
export interface StateBinding {
  readonly tenant: string;
  readonly credentialId: string;
  readonly serviceId: string;
  readonly method: string;
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

  /** Seals; `upstreamState` may be absent: the round is bound all the same. */
  wrap(upstreamState: string | undefined, binding: StateBinding): string {
    const expiresAtMs = this.#now() + limits.parkedCallMs;
    const payload = upstreamState === undefined ? [expiresAtMs] : [expiresAtMs, upstreamState];
    return this.#seal.seal(JSON.stringify(payload), contextOf(binding));
  }

  /** Opens what a client brought. Throws RpcError -32602 when it is not this request's state. */
  unwrap(state: Json | undefined, binding: StateBinding): string | undefined {
    const opened =
      typeof state === 'string' ? this.#seal.open(state, contextOf(binding)) : undefined;
    if (opened === undefined) throw invalid();
    const [expiresAtMs, upstreamState] = JSON.parse(opened) as [number, string?];
    if (expiresAtMs <= this.#now()) throw invalid();
    return upstreamState;
  }
}

function contextOf(binding: StateBinding): string {
  const { tenant, credentialId, serviceId, method, params } = binding;
  const salient = withoutMembers(params, ['_meta', 'inputResponses', 'requestState']);
  const digest = createHash('sha256').update(canonicalJson(salient)).digest('base64url');
  return [tenant, credentialId, serviceId, method, digest].join('\n');
}

function invalid(): RpcError {
  const text =
    'requestState is not valid for this request, or has expired; start again without it.';
  return new RpcError(rpcCode.invalidParams, text);
}
