import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { sharedEvents, type Bus, type GatewayEvents, type Listener } from '../../kernel/bus.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { MemoryBus } from '../../kernel/memory-bus.ts';
import { clientSettings, type PostgresSettings } from './client-settings.ts';

const CHANNEL = 'mcp_gateway';

const missed: GatewayEvents['events.missed'] = { from: 'another instance' };

/** An event as it travels; `from` is the sender, which has told itself already. */
interface Envelope {
  readonly from: string;
  readonly name: keyof GatewayEvents;
  readonly event: GatewayEvents[keyof GatewayEvents];
}

/**
 * A bus whose shared events reach every instance on the same database, by LISTEN and NOTIFY on a
 * connection of its own. That is opened in the background and again whenever it is lost; what may
 * have been lost with it is announced as `events.missed`.
 */
export class PostgresBus implements Bus, AsyncDisposable {
  readonly #settings: PostgresSettings;
  readonly #log: Log;
  readonly #local = new MemoryBus();
  readonly #self = randomUUID();
  #outbox: string[] = [];
  #client: Client | undefined;
  #connecting: Promise<void>;
  #sending: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number = limits.eventRetryMsMin;
  #ended = false;

  constructor(settings: PostgresSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    this.#connecting = this.#connect();
  }

  on<Name extends keyof GatewayEvents>(name: Name, listener: Listener<Name>): () => void {
    return this.#local.on(name, listener);
  }

  emit<Name extends keyof GatewayEvents>(name: Name, event: GatewayEvents[Name]): void {
    this.#local.emit(name, event);
    if (sharedEvents.has(name) && !this.#ended) this.#post({ from: this.#self, name, event });
  }

  /** Sends what waits, if it can be sent now, and lets go of the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#retry);
    await this.#connecting;
    await this.#sending;
    await this.#client?.end().catch(() => {});
  }

  #post(event: Envelope): void {
    const text = JSON.stringify(event);
    const isLong = Buffer.byteLength(text) > limits.eventBytesMax;
    if (isLong || this.#outbox.length >= limits.eventQueueMax) {
      // One word for all that is not told in full: look for yourselves.
      const envelope: Envelope = { from: this.#self, name: 'events.missed', event: missed };
      this.#outbox = [JSON.stringify(envelope)];
    } else this.#outbox.push(text);
    this.#send();
  }

  #send(): void {
    const client = this.#client;
    if (client === undefined || this.#outbox.length === 0) return;
    this.#sending ??= this.#sendAll(client).finally(() => {
      this.#sending = undefined;
      if (client === this.#client) this.#send();
    });
  }

  async #sendAll(client: Client): Promise<void> {
    const texts = this.#outbox;
    this.#outbox = [];
    try {
      const text = 'SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text';
      await client.query(text, [CHANNEL, texts]);
    } catch (error) {
      // Others poll; the connection is judged by whether it ends.
      this.#log.debug({ reason: textOf(error) }, 'events could not be sent to other instances');
    }
  }

  async #connect(): Promise<void> {
    const client = new Client({
      ...clientSettings(this.#settings),
      application_name: 'mcp-gateway events',
    });
    client.on('notification', ({ payload }) => this.#take(payload ?? ''));
    // Without a listener a connection that breaks would end the process.
    client.on('error', (error) => this.#log.debug({ reason: error.message }, 'events broke off'));
    client.once('end', () => this.#lost(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.#log.warn({ reason: textOf(error) }, 'events of other instances are not heard');
      await client.end().catch(() => {});
      this.#retryLater();
      return;
    }
    this.#client = client;
    this.#retryMs = limits.eventRetryMsMin;
    this.#local.emit('events.missed', missed);
    this.#send();
  }

  #lost(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#ended) return;
    clearTimeout(this.#retry);
    const pauseMs = this.#retryMs * (0.75 + Math.random() / 2);
    this.#retryMs = Math.min(limits.eventRetryMsMax, this.#retryMs * 2);
    const again = (): void => {
      this.#connecting = this.#connect();
    };
    this.#retry = setTimeout(again, pauseMs).unref();
  }

  /** Whoever may connect to the database may notify, so what does not fit is not believed. */
  #take(payload: string): void {
    const { from, name, event } = readEnvelope(payload);
    if (from === this.#self || !isJsonObject(event)) return;
    if (name === 'events.missed') this.#local.emit(name, missed);
    if (isShared(name)) this.#local.emit(name, event as unknown as GatewayEvents[typeof name]);
  }
}

function isShared(name: Json | undefined): name is 'domain.changed' {
  return sharedEvents.has(name as keyof GatewayEvents);
}

function readEnvelope(payload: string): Readonly<Record<string, Json>> {
  try {
    const envelope: unknown = JSON.parse(payload);
    return isJsonObject(envelope) ? envelope : {};
  } catch {
    return {};
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
