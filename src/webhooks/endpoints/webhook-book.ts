import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { TenantId } from '../../kernel/principal.ts';
import {
  outboxEventOf,
  TEST_TOPIC,
  type Delivery,
  type DeliveryQuery,
  type EndpointUpdate,
  type NewEvent,
  type Replay,
  type WantedTopic,
  type WebhookEndpoint,
  type WebhookStore,
} from '../store.ts';
import { makeSecret, readSecrets, secretRowOf, type SecretVault } from './endpoint-secrets.ts';

/** What endpoints are kept with. */
export interface WebhookBookContext {
  readonly store: WebhookStore;
  readonly vault: SecretVault;
  readonly ids: Pick<IdSource, 'next'>;
  /** Epoch milliseconds. */
  now(): number;
}

/** An endpoint to be made. */
export interface NewEndpoint {
  readonly url: string;
  readonly description: string;
  readonly topics: readonly WantedTopic[];
  readonly enabled: boolean;
}

/** An endpoint with a secret that is shown this once. */
export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

const HOUR_MS = 3_600_000;

/** The webhook endpoints of tenants, and what was sent to them. */
export class WebhookBook {
  readonly #context: WebhookBookContext;

  constructor(context: WebhookBookContext) {
    this.#context = context;
  }

  /** Rejects with `conflict` when the tenant has as many as it may. */
  async create(tenant: TenantId, wanted: NewEndpoint): Promise<EndpointWithSecret> {
    const { store, vault, ids, now } = this.#context;
    const [id, nowMs, secret] = [ids.next('wep'), now(), makeSecret()];
    const times = { previousUntilMs: null, createdAtMs: nowMs, updatedAtMs: nowMs };
    const endpoint: WebhookEndpoint = { ...wanted, ...times, id, version: 1 };
    const sealed = await vault.seal(secretRowOf(tenant, id, 'current'), secret);
    await store.insert(tenant, endpoint, sealed);
    return { endpoint, secret };
  }

  list(tenant: TenantId): Promise<readonly WebhookEndpoint[]> {
    return this.#context.store.endpoints(tenant);
  }

  /** Rejects with `not_found`, here and below. */
  async get(tenant: TenantId, id: string): Promise<WebhookEndpoint> {
    return found(await this.#context.store.endpoint(tenant, id));
  }

  /** Rejects with `conflict` for another version, here and below. */
  async update(
    tenant: TenantId,
    id: string,
    change: Omit<EndpointUpdate, 'updatedAtMs'>,
  ): Promise<WebhookEndpoint> {
    const { store, now } = this.#context;
    return found(await store.update(tenant, id, { ...change, updatedAtMs: now() }));
  }

  async remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<void> {
    if (!(await this.#context.store.delete(tenant, id, ifVersion))) throw noSuchEndpoint();
  }

  /** Makes another secret; messages carry signatures under both for so many hours. */
  async rotate(
    tenant: TenantId,
    id: string,
    overlapHours: number,
    ifVersion: number | undefined,
  ): Promise<EndpointWithSecret> {
    const { store, vault, now } = this.#context;
    // Whoever rotates at the same moment has changed the version, so neither secret is lost unseen.
    const { version } = await this.get(tenant, id);
    const [before] = await readSecrets(vault, tenant, id, false);
    const secret = makeSecret();
    const endpoint = await store.rotate(tenant, id, {
      sealed: await vault.seal(secretRowOf(tenant, id, 'current'), secret),
      sealedPrevious: await vault.seal(secretRowOf(tenant, id, 'previous'), before as string),
      previousUntilMs: now() + overlapHours * HOUR_MS,
      updatedAtMs: now(),
      ifVersion: ifVersion ?? version,
    });
    return { endpoint: found(endpoint), secret };
  }

  /** Sends a message that says nothing but that somebody asked for it; its id. */
  async sendTest(tenant: TenantId, id: string): Promise<string> {
    const { store, ids, now } = this.#context;
    await this.get(tenant, id);
    const event: NewEvent = {
      topic: TEST_TOPIC,
      purpose: [ids.next('tst')],
      atMs: now(),
      data: { endpoint: id },
    };
    await store.add(tenant, event, id);
    return outboxEventOf(tenant, event).id;
  }

  async deliveries(
    tenant: TenantId,
    id: string,
    query: DeliveryQuery,
  ): Promise<readonly Delivery[]> {
    await this.get(tenant, id);
    return await this.#context.store.deliveries(tenant, id, query);
  }

  /** How many are sent again. */
  async replay(tenant: TenantId, id: string, wanted: Omit<Replay, 'nowMs'>): Promise<number> {
    await this.get(tenant, id);
    const { store, now } = this.#context;
    return await store.replay(tenant, id, { ...wanted, nowMs: now() });
  }
}

function found(endpoint: WebhookEndpoint | undefined): WebhookEndpoint {
  if (endpoint === undefined) throw noSuchEndpoint();
  return endpoint;
}

function noSuchEndpoint(): GatewayError {
  return new GatewayError('not_found', 'There is no such webhook endpoint.');
}
