import type { ChargeKey } from '../../../../billing/store.ts';
import { sql } from '../../sql.ts';
import { allRows, type Steps } from '../../transaction.ts';

/** How far the rows of a tenant were made again. */
export interface Rebuild {
  /** Rows of before stay as they are. */
  readonly fromMs: number;
  readonly isEmptied: boolean;
  /** The last record, and the last charge, that are in the rows. */
  readonly usageAfter: string;
  readonly chargeAfter: ChargeKey;
}

/** The cursor of records when all of them were counted; ids of later ones are smaller. */
export const PAST_ALL_USAGE = '~';

interface RebuildRow {
  readonly tenant: string;
  readonly fromMs: number;
  readonly isEmptied: number;
  readonly usageAfter: string;
  readonly gateKey: string;
  readonly ruleId: string;
  readonly seq: number;
}

/** The tenants whose rows are being made again; hardly ever any. */
export function* rebuildsNow(): Steps<ReadonlyMap<string, Rebuild>> {
  const rows = yield* allRows<RebuildRow>(sql`SELECT tenant_id AS tenant, from_ms AS "fromMs",
    is_emptied AS "isEmptied", usage_after AS "usageAfter", gate_after AS "gateKey",
    rule_after AS "ruleId", seq_after AS seq FROM rollup_rebuild`);
  return new Map(
    rows.map(({ tenant, fromMs, isEmptied, usageAfter, gateKey, ruleId, seq }) => {
      const chargeAfter = { gateKey, ruleId, seq };
      return [tenant, { fromMs, isEmptied: isEmptied === 1, usageAfter, chargeAfter }];
    }),
  );
}

/** Whether a charge comes before another one or is the same, in the order of their keys. */
export function isUpTo(one: ChargeKey, other: ChargeKey): boolean {
  const gates = compareTexts(one.gateKey, other.gateKey);
  if (gates !== 0) return gates < 0;
  const rules = compareTexts(one.ruleId, other.ruleId);
  return rules === 0 ? one.seq <= other.seq : rules < 0;
}

/** As both engines order texts, by their bytes: JavaScript orders them otherwise. */
function compareTexts(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}
