import { Cancellation } from '../kernel/cancellation.ts';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { ExchangeIo, McpNotification, ResultPipe } from '../mcp/message.ts';
import type { Upstream } from './upstream.ts';
import type { ServiceTimeouts } from './timeouts.ts';

type Times = Pick<ServiceTimeouts, 'firstByteMs' | 'idleMs' | 'totalMs'>;
type Phase = 'first byte' | 'idle' | 'total';

/**
 * The same upstream, whose calls are cut when they take longer than is configured. For HTTP, where
 * the connection has its own times: a server that asks a user meanwhile may be silent for long.
 */
export function httpTimed(upstream: Upstream, slug: string, times: Times = {}): Upstream {
  const { idleMs, totalMs, firstByteMs = limits.upstreamHeadersMs } = times;
  if (idleMs === undefined)
    return totalMs === undefined ? upstream : timed(upstream, slug, { totalMs });
  return timed(upstream, slug, { firstByteMs: Math.max(firstByteMs, idleMs), idleMs, totalMs });
}

/**
 * The same upstream, whose calls are cut when it says nothing for too long; its progress and its
 * log messages count. For channels, where an open connection says nothing of a call.
 */
export function channelTimed(upstream: Upstream, slug: string, times: Times = {}): Upstream {
  return timed(upstream, slug, {
    firstByteMs: limits.upstreamHeadersMs,
    idleMs: limits.upstreamIdleMs,
    ...times,
  });
}

function timed(upstream: Upstream, slug: string, times: Times): Upstream {
  return {
    discover: (signal, caller) => upstream.discover(signal, caller),
    request: async (request, io) => {
      const call = new TimedIo(io, times);
      try {
        return await upstream.request(request, call);
      } catch (error) {
        throw call.late === undefined ? error : tooLate(slug, call.late, error);
      } finally {
        call.end();
      }
    },
    listen: (filter, caller, io) => upstream.listen(filter, caller, io),
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}

/** A call's way back that watches the time. */
class TimedIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs: number;
  readonly pipe?: ResultPipe;
  readonly #client: ExchangeIo;
  readonly #times: Times;
  readonly #undo: () => void;
  #silence: NodeJS.Timeout | undefined;
  readonly #total: NodeJS.Timeout | undefined;
  /** Which time was over; undefined while none is. */
  late: Phase | undefined;

  constructor(client: ExchangeIo, times: Times) {
    const { firstByteMs, totalMs } = times;
    this.#client = client;
    this.#times = times;
    this.deadlineMs =
      totalMs === undefined ? client.deadlineMs : Math.min(client.deadlineMs, Date.now() + totalMs);
    if (client.pipe !== undefined) this.pipe = client.pipe;
    this.#undo = client.cancellation.onCancel((reason) => this.cancellation.cancel(reason));
    if (firstByteMs !== undefined) this.#silence = this.#after(firstByteMs, 'first byte');
    if (totalMs !== undefined) this.#total = this.#after(totalMs, 'total');
  }

  get notified(): number {
    return this.#client.notified;
  }

  notify(notification: McpNotification): Promise<void> | undefined {
    this.#heard();
    return this.#client.notify(notification);
  }

  began(): void {
    // It works on as a task: nothing is to be heard before that ends.
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#client.began?.();
  }

  recorded(usageId: string): void {
    this.#client.recorded?.(usageId);
  }

  /** The call is over. */
  end(): void {
    this.#undo();
    clearTimeout(this.#silence);
    this.#silence = undefined;
    clearTimeout(this.#total);
  }

  #heard(): void {
    const { idleMs } = this.#times;
    if (this.#silence === undefined) return;
    clearTimeout(this.#silence);
    this.#silence = idleMs === undefined ? undefined : this.#after(idleMs, 'idle');
  }

  #after(ms: number, phase: Phase): NodeJS.Timeout {
    const timer = setTimeout(() => {
      if (phase !== 'total' && this.#client.isDetached === true) return;
      this.late = phase;
      this.cancellation.cancel('deadline');
    }, ms);
    timer.unref();
    return timer;
  }
}

function tooLate(slug: string, phase: Phase, cause: unknown): GatewayError {
  const name = slug === '' ? 'The service' : `The service ${slug}`;
  const text = `${name} did not answer in time (phase: ${phase}).`;
  return new GatewayError('upstream_timeout', text, { cause });
}
