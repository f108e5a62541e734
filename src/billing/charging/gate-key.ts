import type { BillingUnit } from '../plans/plan.ts';

/** Units of which a retry buys nothing more; of all others it uses more. */
const ONCE: ReadonlySet<BillingUnit> = new Set(['call', 'success', 'reported_price']);

/** Keys of this gateway's own making; a client's key that looks like one is marked. */
const OWN = /^(?:period|key|one-off|invoice):/;

/** Under which key a unit of a usage record is charged once. */
export function gateKey(unit: BillingUnit, record: { readonly id: string; chargeKey: string }) {
  if (!ONCE.has(unit)) return record.id;
  return OWN.test(record.chargeKey) ? `key:${record.chargeKey}` : record.chargeKey;
}

/** Under which key a period of a subscription is charged what it costs without usage. */
export function periodGateKey(subscriptionId: string, startMs: number): string {
  return `period:${subscriptionId}:${startMs}`;
}
