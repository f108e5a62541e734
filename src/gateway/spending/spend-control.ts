import type { TenantId } from '../../kernel/principal.ts';
import type { UsageRecord } from '../../metering/usage-fields.ts';
import type { Permitted, Target } from '../exchange.ts';

/** What is known of a call before it is made, as far as its price goes. */
export interface SpendRequest {
  readonly tenant: TenantId;
  readonly userId: string;
  readonly grantId: string;
  /** One of them will answer; empty for what the gateway answers itself. */
  readonly services: readonly { readonly id: string; readonly slug: string }[];
  /** The tool's own name. */
  readonly tool: string | null;
  readonly method: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly bytesIn: number;
  /** As its usage record has them. */
  readonly attributes: string | null;
}

/** What is set aside for a call. */
export interface Spending {
  /** What the record of a part of the call must say, while the call goes on. */
  settlePart(record: UsageRecord): string | null;
  /** What the record must say of it. Called once, before the record is written. */
  settle(record: UsageRecord): string | null;
  /** The call is over and its record durable, or it will never have one. */
  release(): Promise<void>;
}

/** Sets aside what calls may cost of credit and budgets. */
export interface SpendControl {
  /** Whether the tenant has any; asked of every call, so it must cost next to nothing. */
  isBound(tenant: TenantId): boolean;
  /**
   * Undefined when the call costs nothing that has a limit. Throws or rejects with GatewayError
   * when there is too little.
   */
  hold(request: SpendRequest): Spending | Promise<Spending | undefined> | undefined;
}

/** What spending needs to know of a request that may go ahead. */
export function spendRequestOf(permitted: Permitted): SpendRequest {
  const { principal, request, target, startedAtMs, bytesIn, attributes } = permitted;
  return {
    tenant: principal.tenant,
    userId: principal.subject.id,
    grantId: principal.grantId,
    services: servicesOf(target),
    tool: 'name' in target ? target.name : null,
    method: request.method,
    startedAtMs,
    bytesIn,
    attributes,
  };
}

function servicesOf(target: Target): SpendRequest['services'] {
  if (target.kind === 'gateway') return [];
  const lives = target.kind === 'search' ? target.candidates : [target.live];
  return lives.map(({ service: { id, slug } }) => ({ id, slug }));
}
