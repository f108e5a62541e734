import type { Fence } from '../kernel/fence.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { NewEvent, OutboxEvent } from './outbox-event.ts';
import type { WantedTopic } from './topics.ts';

export { outboxEventOf, type NewEvent, type OutboxEvent } from './outbox-event.ts';
export { TEST_TOPIC, webhookTopics, type WantedTopic, type WebhookTopic } from './topics.ts';

/** Whose vault items the secrets of endpoints are. */
export const WEBHOOK_OWNER = 'webhook';

/** The vault items of an endpoint: what signs, and what signed before the last rotation. */
export type SecretName = 'current' | 'previous';

/** Where a tenant wants to be told of events. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly topics: readonly WantedTopic[];
  /** One that is not is told nothing, and what happens meanwhile is not kept for it. */
  readonly enabled: boolean;
  /** Until when messages are signed with the secret before, too; null after no rotation. */
  readonly previousUntilMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** 1 at first, one more with every change. */
  readonly version: number;
}

/** What changes of an endpoint. */
export interface EndpointUpdate {
  readonly url?: string;
  readonly description?: string;
  readonly topics?: readonly WantedTopic[];
  readonly enabled?: boolean;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** Another secret for an endpoint. */
export interface SecretRotation {
  /** Sealed for the row `current`. */
  readonly sealed: string;
  /** What was current, sealed for the row `previous`. */
  readonly sealedPrevious: string;
  readonly previousUntilMs: number;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** `waiting` for its next try, `delivered`, or `dead`: given up. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** An event on its way to an endpoint. */
export interface Delivery {
  readonly endpointId: string;
  readonly eventId: string;
  readonly topic: string;
  readonly state: DeliveryState;
  /** Tries since it was added, or sent again by hand. */
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly lastAtMs: number | null;
  /** What the receiver answered last; null when it did not answer. */
  readonly lastStatus: number | null;
  readonly lastProblem: string | null;
  readonly createdAtMs: number;
}

/** Which deliveries to list, the newest first; `before` is the last one of the page before. */
export interface DeliveryQuery {
  readonly state?: DeliveryState;
  readonly before?: Pick<Delivery, 'createdAtMs' | 'eventId'>;
  readonly rowsMax: number;
}

/** Deliveries to be sent again: named ones, or all since a moment. */
export interface Replay {
  readonly eventIds?: readonly string[];
  readonly sinceMs?: number;
  /** Only those in this state. */
  readonly state?: DeliveryState;
  readonly nowMs: number;
}

/** An endpoint with something to be sent now. */
export interface DuePlace {
  readonly tenant: TenantId;
  readonly endpointId: string;
}

/** A delivery whose time has come, with what it needs. */
export interface DueDelivery {
  readonly eventId: string;
  readonly attempts: number;
  readonly body: string;
  readonly url: string;
  readonly previousUntilMs: number | null;
}

/** How a try went. */
export interface DeliveryTry extends DuePlace {
  readonly eventId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly atMs: number;
  readonly status: number | null;
  readonly problem: string | null;
}

/** When deliveries that ended are let go. */
export interface DeliverySweep {
  readonly deliveredBeforeMs: number;
  readonly deadBeforeMs: number;
  readonly rowsMax: number;
}

/** Endpoints, events, and how they get there. */
export interface WebhookStore {
  /** By id. */
  endpoints(tenant: TenantId): Promise<readonly WebhookEndpoint[]>;
  endpoint(tenant: TenantId, id: string): Promise<WebhookEndpoint | undefined>;
  /** With its secret, sealed for the row `current`. Rejects with `conflict` for one too many. */
  insert(tenant: TenantId, endpoint: WebhookEndpoint, sealed: string): Promise<void>;
  /** What it is then; undefined when there is none; `conflict` when the version is another. */
  update(
    tenant: TenantId,
    id: string,
    update: EndpointUpdate,
  ): Promise<WebhookEndpoint | undefined>;
  /** Likewise. */
  rotate(
    tenant: TenantId,
    id: string,
    rotation: SecretRotation,
  ): Promise<WebhookEndpoint | undefined>;
  /** With its secrets and deliveries. False when there is none; `conflict` as above. */
  delete(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean>;
  /** Tells every endpoint that wants it, or with `endpointId` that one alone. */
  add(tenant: TenantId, event: NewEvent, endpointId?: string): Promise<void>;
  deliveries(
    tenant: TenantId,
    endpointId: string,
    query: DeliveryQuery,
  ): Promise<readonly Delivery[]>;
  /** What an event said; undefined when it is not kept any more. */
  event(tenant: TenantId, id: string): Promise<OutboxEvent | undefined>;
  /** Sends deliveries again, a page at most; how many. */
  replay(tenant: TenantId, endpointId: string, replay: Replay): Promise<number>;
  /** Endpoints with something due, of all tenants. */
  duePlaces(nowMs: number): Promise<readonly DuePlace[]>;
  /** What is due for one endpoint, the longest due first. */
  due(place: DuePlace, nowMs: number, rowsMax: number): Promise<readonly DueDelivery[]>;
  /** Notes how tries went; false when another instance holds the job. */
  note(tries: readonly DeliveryTry[], fence: Fence): Promise<boolean>;
  /** Lets go of a page of what ended; true when there may be more. Undefined for a stale fence. */
  sweep(sweep: DeliverySweep, fence: Fence): Promise<boolean | undefined>;
}
