import { createHash } from 'node:crypto';
import type { TenantId } from '../../kernel/principal.ts';
import type { Charge, ChargeKey } from '../charging/charge.ts';
import type { ChargeSettings } from './exporter.ts';

/** A charge as it is told to a vendor. */
export interface ExportEvent {
  /** What the vendor knows it by: it follows from the key of the charge, so it never is another. */
  readonly id: string;
  readonly code: string;
  /** Exact; below 0 for a charge that takes one back. */
  readonly value: string;
  readonly atMs: number;
  readonly charge: Charge;
  /** The id of the event that it takes back. */
  readonly takesBack: string | null;
}

/** What of some charges is sent, in their order, and how many are not to be sent. */
export interface ExportPlan {
  readonly events: readonly ExportEvent[];
  readonly skipped: number;
}

/**
 * What is sent of some charges: quantities that were used and those that were taken back. What a
 * period costs without usage is sent by a webhook alone, for the others count quantities.
 */
export function exportPlan(
  tenant: TenantId,
  charges: readonly Charge[],
  settings: ChargeSettings,
): ExportPlan {
  const events: ExportEvent[] = [];
  for (const charge of charges) {
    const code = codeOf(charge, settings);
    const isUsage = charge.usageId !== null;
    if (code === undefined || !(isUsage || settings.kind === 'webhook')) continue;
    const isVoid = charge.kind === 'void';
    events.push({
      id: exportId(tenant, charge),
      code,
      value: isVoid ? negated(charge.quantity) : charge.quantity,
      atMs: charge.atMs,
      charge,
      takesBack: isVoid ? exportId(tenant, { ...charge, seq: 0 }) : null,
    });
  }
  return { events, skipped: charges.length - events.length };
}

/** The id under which a charge is known outside. */
export function exportId(tenant: TenantId, { gateKey, ruleId, seq }: ChargeKey): string {
  const text = JSON.stringify([tenant, gateKey, ruleId, seq]);
  return `chg_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}

function codeOf({ ruleId, unit }: Charge, { codes }: ChargeSettings): string | undefined {
  if (codes === undefined) return unit;
  // Names come from people: what every object has is not among them.
  const named = (name: string) => (Object.hasOwn(codes, name) ? codes[name] : undefined);
  return named(ruleId) ?? named(unit);
}

function negated(quantity: string): string {
  if (/^0+$/.test(quantity)) return quantity;
  return quantity.startsWith('-') ? quantity.slice(1) : `-${quantity}`;
}
