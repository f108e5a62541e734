import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { ServiceRegistry } from '../service-view.ts';
import type { DefinitionPolicy } from '../store.ts';
import { definitionMembers } from './canonical-definition.ts';
import type { DefinitionPins } from './definition-pins.ts';
import type { DefinitionDecision, DefinitionPin } from './store.ts';

/** One member of a definition that became another; null: it was, or is, not there. */
export interface DefinitionDifference {
  readonly member: string;
  readonly before: Json;
  readonly after: Json;
}

/** A pin with what differs: to the pending definition, or from the one before. */
export interface ReviewedPin {
  readonly pin: DefinitionPin;
  /** Null where one of the two definitions is known by its hash alone. */
  readonly pendingDifferences: readonly DefinitionDifference[] | null;
  readonly lastDifferences: readonly DefinitionDifference[] | null;
}

/** The pins of a service, for those who review them. */
export interface ReviewedService {
  readonly policy: DefinitionPolicy;
  readonly pins: readonly ReviewedPin[];
}

/** What reviewing takes. */
export interface DefinitionReviewContext {
  readonly pins: DefinitionPins;
  readonly registry: Pick<ServiceRegistry, 'get'>;
  /** Has the service's tools judged again. */
  readToolsAgain(tenant: TenantId, serviceId: string): Promise<void>;
}

/** Where people see what tools became, and approve or reject it. */
export class DefinitionReview {
  readonly #context: DefinitionReviewContext;

  constructor(context: DefinitionReviewContext) {
    this.#context = context;
  }

  /** Throws `not_found`. */
  async list(principal: Principal, idOrSlug: string): Promise<ReviewedService> {
    const { service } = await this.#context.registry.get(principal, idOrSlug);
    const pins = await this.#context.pins.list(principal.tenant, service.id);
    return { policy: service.definitions ?? 'announce', pins: pins.map(reviewed) };
  }

  /** Throws `not_found`, and `conflict` when no such definition waits. */
  async decide(
    principal: Principal,
    idOrSlug: string,
    decision: Pick<DefinitionDecision, 'tool' | 'hash' | 'verdict'>,
  ): Promise<ReviewedPin> {
    const { service } = await this.#context.registry.get(principal, idOrSlug);
    const { tenant, subject } = principal;
    const pin = await this.#context.pins.decide(tenant, service.id, {
      ...decision,
      by: subject.id,
    });
    // Its own lists follow at once; other instances hear of it.
    await this.#context.readToolsAgain(tenant, service.id);
    return reviewed(pin);
  }
}

function reviewed(pin: DefinitionPin): ReviewedPin {
  const { definition, pending, previousHash, previousDefinition } = pin;
  return {
    pin,
    pendingDifferences:
      pending === null ? null : differences(pin.hash, definition, pending.definition),
    lastDifferences:
      previousHash === null ? null : differences(previousHash, previousDefinition, definition),
  };
}

function differences(
  hashBefore: string | null,
  before: string | null,
  after: string | null,
): readonly DefinitionDifference[] | null {
  // Without a hash there was nothing before: all of it is new.
  if (after === null || (before === null && hashBefore !== null)) return null;
  const old = before === null ? {} : (JSON.parse(before) as JsonObject);
  const fresh = JSON.parse(after) as JsonObject;
  return definitionMembers.flatMap((member) => {
    const [one, two] = [old[member] ?? null, fresh[member] ?? null];
    return isDeepStrictEqual(one, two) ? [] : [{ member, before: one, after: two }];
  });
}
