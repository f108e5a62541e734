import { limits } from '../../kernel/limits.ts';
import type { DuePlace } from '../store.ts';

/**
 * Who may send how much at once. Endpoints whose last try failed have fewer places of their own
 * and share a part of all places, so that those which hang leave room for those which answer.
 */
export class SendSlots {
  readonly #busy = new Map<string, Set<string>>();
  readonly #perTenant = new Map<string, number>();
  readonly #sick = new Set<string>();
  #sends = 0;
  #sickSends = 0;

  /** How many tries are under way. */
  get sends(): number {
    return this.#sends;
  }

  /** How many more tries this endpoint may begin now. */
  room(place: DuePlace): number {
    const key = keyOf(place);
    const isSick = this.#sick.has(key);
    const own = isSick ? 1 : limits.webhookSendsPerEndpointMax;
    const room = Math.min(
      own - this.under(place).size,
      limits.webhookSendsPerTenantMax - (this.#perTenant.get(place.tenant) ?? 0),
      limits.webhookSendsMax - this.#sends,
      isSick ? limits.webhookSickSendsMax - this.#sickSends : Number.POSITIVE_INFINITY,
    );
    return Math.max(0, room);
  }

  /** The events that are on their way to this endpoint. */
  under(place: DuePlace): ReadonlySet<string> {
    return this.#busy.get(keyOf(place)) ?? new Set();
  }

  /** Takes a place; what is returned gives it back, and says whether the endpoint is well. */
  take(place: DuePlace, eventId: string): (isWell: boolean) => void {
    const key = keyOf(place);
    const countsAsSick = this.#sick.has(key);
    const busy = this.#busy.get(key) ?? new Set();
    this.#busy.set(key, busy.add(eventId));
    this.#count(place.tenant, 1, countsAsSick);
    return (isWell) => {
      busy.delete(eventId);
      if (busy.size === 0) this.#busy.delete(key);
      this.#count(place.tenant, -1, countsAsSick);
      if (isWell) this.#sick.delete(key);
      else this.#sick.add(key);
    };
  }

  #count(tenant: string, step: number, isSick: boolean): void {
    this.#sends += step;
    if (isSick) this.#sickSends += step;
    const after = (this.#perTenant.get(tenant) ?? 0) + step;
    if (after === 0) this.#perTenant.delete(tenant);
    else this.#perTenant.set(tenant, after);
  }
}

function keyOf({ tenant, endpointId }: DuePlace): string {
  return `${tenant}/${endpointId}`;
}
