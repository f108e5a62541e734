/** Which pool: the credit of a tenant in a currency, or a budget in one of its windows. */
export type PoolKey =
  | { readonly kind: 'wallet'; readonly currency: string }
  | {
      readonly kind: 'budget';
      readonly budgetId: string;
      /** Epoch milliseconds; both null for a budget without windows. */
      readonly startMs: number | null;
      readonly endMs: number | null;
    };

/** A text for a key, which only that key has. */
export function poolIdOf(key: PoolKey): string {
  if (key.kind === 'wallet') return `wallet:${key.currency}`;
  return `budget:${key.budgetId}:${key.startMs ?? ''}:${key.endMs ?? ''}`;
}

/** Reads what `poolIdOf` wrote. Throws RangeError for anything else. */
export function readPoolId(text: string): PoolKey {
  const [kind, name, start, end, ...rest] = text.split(':');
  if (name !== undefined && name !== '' && rest.length === 0) {
    if (kind === 'wallet' && start === undefined) return { kind, currency: name };
    if (kind === 'budget' && start !== undefined && end !== undefined) {
      const [startMs, endMs] = [start, end].map((one) => (one === '' ? null : Number(one)));
      const key = { kind, budgetId: name, startMs: startMs ?? null, endMs: endMs ?? null } as const;
      if (poolIdOf(key) === text) return key;
    }
  }
  throw new RangeError(`Not the id of a pool: ${JSON.stringify(text)}`);
}
