import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { RpcError } from '../../../kernel/errors.ts';
import { withoutMembers, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { rpcCode } from '../../protocol.ts';
import type { LegacyCall } from './legacy-call.ts';

/** What a retry must repeat to get its call back. */
export interface RetryKey {
  readonly callerKey: string;
  readonly method: string;
  readonly params: JsonObject;
}

interface Entry {
  readonly call: LegacyCall;
  readonly callerKey: string;
  readonly digest: string;
  readonly timer: NodeJS.Timeout;
}

/** Members of `params` that differ between a request and its retry. */
const RETRY_MEMBERS = ['_meta', 'inputResponses', 'requestState'];

/**
 * Calls that wait for their client's input, found by an unguessable state, each only once. Where
 * there is no room for one more, the oldest of the same caller goes: what one leaves unanswered
 * keeps nobody else out.
 */
export class ParkedCalls {
  readonly #entries = new Map<string, Entry>();
  readonly #keepMs: number;

  constructor(keepMs: number = limits.parkedCallMs) {
    this.#keepMs = keepMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps a call until its retry or its time is over; returns its state. */
  park(call: LegacyCall, key: RetryKey): string {
    const own = [...this.#entries].filter(([, { callerKey }]) => callerKey === key.callerKey);
    if (own.length >= limits.parkedCallsPerCallerMax) this.#giveUp(own[0]?.[0]);
    else if (this.#entries.size >= limits.parkedCallsPerUpstreamMax) this.#giveUpOfMost();
    const state = randomBytes(24).toString('base64url');
    const timer = setTimeout(() => {
      this.#entries.delete(state);
      call.abort('no input came in time');
    }, this.#keepMs);
    timer.unref();
    this.#entries.set(state, { call, callerKey: key.callerKey, digest: digestOf(key), timer });
    return state;
  }

  /** Gives a call to its retry. Throws RpcError -32602 when the state is not this request's. */
  take(state: string, key: RetryKey): LegacyCall {
    const entry = this.#entries.get(state);
    if (entry === undefined || entry.digest !== digestOf(key)) {
      throw new RpcError(rpcCode.invalidParams, 'The requestState is not valid for this request.');
    }
    this.#entries.delete(state);
    clearTimeout(entry.timer);
    return entry.call;
  }

  /** The oldest of the caller who has most. */
  #giveUpOfMost(): void {
    const oldest = new Map<string, { readonly state: string; count: number }>();
    for (const [state, { callerKey }] of this.#entries) {
      const known = oldest.get(callerKey);
      if (known === undefined) oldest.set(callerKey, { state, count: 1 });
      else known.count++;
    }
    this.#giveUp([...oldest.values()].toSorted((a, b) => b.count - a.count)[0]?.state);
  }

  #giveUp(state: string | undefined): void {
    const entry = state === undefined ? undefined : this.#entries.get(state);
    if (state === undefined || entry === undefined) return;
    this.#entries.delete(state);
    clearTimeout(entry.timer);
    entry.call.abort('too many calls of its caller wait for input');
  }

  /** Gives up every call that waits. */
  clear(reason: string): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { call, timer } of entries) {
      clearTimeout(timer);
      call.abort(reason);
    }
  }
}

/** Equal for a request and its retry by the same caller. */
function digestOf({ callerKey, method, params }: RetryKey): string {
  const repeated = withoutMembers(params, RETRY_MEMBERS);
  return createHash('sha256')
    .update(canonicalJson([callerKey, method, repeated]))
    .digest('base64');
}
