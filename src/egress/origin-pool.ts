import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Connection } from './connection.ts';
import type { DialledSocket } from './dial.ts';
import type { WriteBatch } from './write-batch.ts';

const BUSY = 'No connection to the service became free in time (phase: connect).';

/** The connections to one origin: reused newest first, bounded, queued beyond the bound. */
export class OriginPool {
  readonly #dial: (deadlineMs: number, connectMs?: number) => Promise<DialledSocket>;
  readonly #writes: WriteBatch;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting: { resolve: () => void; deadlineMs: number; fail: (e: unknown) => void }[] = [];
  #dialling = 0;

  constructor(
    dial: (deadlineMs: number, connectMs?: number) => Promise<DialledSocket>,
    writes: WriteBatch,
  ) {
    this.#dial = dial;
    this.#writes = writes;
  }

  /** Open connections and dials under way. */
  get size(): number {
    return this.#all.size + this.#dialling;
  }

  /** An idle connection, or undefined: then `open` makes one. */
  take(): Connection | undefined {
    const now = Date.now();
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      if (connection.idleUntilMs > now) return connection;
      connection.destroy(undefined);
    }
  }

  /** A new connection, or a used one when the bound is reached and one becomes free. */
  async open(deadlineMs: number, connectMs?: number): Promise<Connection> {
    while (this.size >= limits.upstreamConnectionsMax) {
      await new Promise<void>((resolve, fail) => {
        this.#waiting.push({ resolve, deadlineMs, fail });
      });
      const idle = this.take();
      if (idle !== undefined) return idle;
    }
    this.#dialling++;
    try {
      const connection = new Connection(await this.#dial(deadlineMs, connectMs), this.#writes, {
        idle: (one) => this.#onIdle(one),
        closed: (one) => this.#onClosed(one),
      });
      this.#all.add(connection);
      return connection;
    } finally {
      this.#dialling--;
    }
  }

  /** Applies deadlines and drops stale idle connections; called by the egress clock. */
  tick(nowMs: number): void {
    for (const connection of this.#all) connection.checkDeadline(nowMs);
    while (this.#idle.length > 0 && (this.#idle[0] as Connection).idleUntilMs <= nowMs) {
      this.#idle.shift()?.destroy(undefined);
    }
    while (this.#waiting.length > 0 && (this.#waiting[0]?.deadlineMs ?? 0) <= nowMs) {
      this.#waiting.shift()?.fail(new GatewayError('upstream_timeout', BUSY));
    }
  }

  /** Closes every connection. */
  close(error: unknown): void {
    for (const connection of this.#all) connection.destroy(error);
    for (const waiting of this.#waiting.splice(0)) waiting.fail(error);
  }

  #onIdle(connection: Connection): void {
    this.#idle.push(connection);
    this.#waiting.shift()?.resolve();
  }

  #onClosed(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#waiting.shift()?.resolve();
  }
}
