import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
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
  readonly digest: string;
  readonly timer: NodeJS.Timeout;
}

/** Members of `params` that differ between a request and its retry. */
const RETRY_MEMBERS = ['_meta', 'inputResponses', 'requestState'];

/** Calls that wait for their client's input, found by an unguessable state, each only once. */
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
    if (this.#entries.size >= limits.parkedCallsPerUpstreamMax) {
      throw new GatewayError('too_many', 'Too many calls of this service wait for input.');
    }
    const state = randomBytes(24).toString('base64url');
    const timer = setTimeout(() => {
      this.#entries.delete(state);
      call.abort('no input came in time');
    }, this.#keepMs);
    timer.unref();
    this.#entries.set(state, { call, digest: digestOf(key), timer });
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
