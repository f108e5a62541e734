import type { Conversation } from '../../gateway/calls/conversation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal, Admit } from '../../kernel/principal.ts';
import type { Drained } from '../listener/door.ts';

/** Why the gateway ends a connection. */
export type ConnectionEnd = 'shutdown' | 'idle' | 'credential_ended' | 'session_ended' | 'replaced';

/** A connection that a client keeps open for many requests. */
export interface Connection {
  readonly principal: Principal;
  /** Admits the credential anew that it was opened with. */
  admit(): ReturnType<Admit>;
  readonly conversation: Conversation;
  /** When the client last sent a message, epoch milliseconds. */
  readonly heardAtMs: number;
  /** Gives a sign of life and asks for one; false when the last was not answered. */
  ping(): boolean;
  /** Ends the connection in order and tells the client why. */
  end(reason: ConnectionEnd): void;
  /** Drops the connection: the client is gone already. */
  drop(): void;
}

/** How often connections are looked at, and when an unused one ends. */
export interface ConnectionTimes {
  readonly pingMs: number;
  readonly idleMs: number;
}

const standardTimes: ConnectionTimes = {
  pingMs: limits.connectionPingMs,
  idleMs: limits.connectionIdleMs,
};

/** All connections that clients keep open, whatever carries them. */
export class Connections implements Drained, Disposable {
  readonly #times: ConnectionTimes;
  readonly #open = new Set<Connection>();
  readonly #perGrant = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(times: ConnectionTimes = standardTimes) {
    this.#times = times;
    this.#timer = setInterval(() => this.#look(Date.now()), times.pingMs);
    this.#timer.unref();
  }

  /** Connections that are open. */
  get size(): number {
    return this.#open.size;
  }

  get running(): number {
    let running = 0;
    for (const { conversation } of this.#open) running += conversation.running;
    return running;
  }

  /** Makes sure one more may be opened. Throws GatewayError `too_many`. */
  checkRoom({ grantId }: Principal): void {
    const count = this.#perGrant.get(grantId) ?? 0;
    if (count < limits.connectionsPerCredentialMax) return;
    throw new GatewayError('too_many', 'This key has too many connections open.');
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    this.#count(connection, 1);
  }

  /** Forgets a connection that has ended. */
  remove(connection: Connection): void {
    if (this.#open.delete(connection)) this.#count(connection, -1);
  }

  retire(): void {
    for (const { conversation } of this.#open) conversation.retire();
  }

  cutAll(): void {
    for (const connection of this.#open) {
      connection.conversation.cutAll();
      // What was cut just now still gets its answer out.
      setImmediate(() => connection.end('shutdown'));
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const connection of this.#open) connection.drop();
  }

  #count({ principal }: Connection, change: 1 | -1): void {
    const { grantId } = principal;
    const count = (this.#perGrant.get(grantId) ?? 0) + change;
    if (count === 0) this.#perGrant.delete(grantId);
    else this.#perGrant.set(grantId, count);
  }

  #look(nowMs: number): void {
    for (const connection of this.#open) {
      const { conversation, heardAtMs } = connection;
      if (!connection.ping()) connection.drop();
      else if (!conversation.inUse && nowMs - heardAtMs > this.#times.idleMs) {
        connection.end('idle');
      } else void this.#checkCredential(connection);
    }
  }

  /** Requests are admitted one by one; a client that only listens is looked at here. */
  async #checkCredential(connection: Connection): Promise<void> {
    try {
      const { grantId } = await connection.admit();
      if (grantId === connection.principal.grantId) return;
    } catch (error) {
      // A store that cannot answer now says nothing about the credential.
      if (!(error instanceof GatewayError && error.code === 'unauthenticated')) return;
    }
    connection.end('credential_ended');
  }
}
