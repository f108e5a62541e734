/** What a part of a hold is set aside from. */
export type HeldFrom = 'wallet' | 'money' | 'calls';

/** A part of what a usage record holds: the lease, the most it may cost, the kind of pool. */
export interface RecordHold {
  readonly leaseId: string;
  readonly amount: bigint;
  /** A wallet, or a budget in money or in calls. */
  readonly from: HeldFrom;
}

type HoldText = readonly [leaseId: string, amount: string, from: HeldFrom];

/** What a record says of its holds; null when it holds nothing. */
export function holdsText(holds: readonly RecordHold[]): string | null {
  const parts = holds.map(({ leaseId, amount, from }): HoldText => {
    return [leaseId, String(amount), from];
  });
  return parts.length === 0 ? null : JSON.stringify(parts);
}

/** Reads what `holdsText` wrote. */
export function readHolds(text: string | null): readonly RecordHold[] {
  if (text === null) return [];
  return (JSON.parse(text) as readonly HoldText[]).map(([leaseId, amount, from]) => {
    return { leaseId, amount: BigInt(amount), from };
  });
}
