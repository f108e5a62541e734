import type { BillingRule } from './plan.ts';

/** Methods that a rule is about: tool calls, and streams for their minutes, unless it says. */
export function methodsOf({ match, unit }: Pick<BillingRule, 'match' | 'unit'>): readonly string[] {
  return match.methods ?? [unit === 'stream_minute' ? 'subscriptions/listen' : 'tools/call'];
}
