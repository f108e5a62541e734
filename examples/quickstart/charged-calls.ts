import { setTimeout as delay } from 'node:timers/promises';
import { callApi } from './call-api.ts';

const RATED_MS = 20_000;
const LOOK_AGAIN_MS = 200;

/** What a result said of its cost, as the gateway puts it into `_meta`. */
export interface SaidCost {
  /** A decimal as text. */
  readonly amount: string;
  readonly currency: string;
  /** Whether what was used before makes it another amount. */
  readonly isEstimate: boolean;
}

/** What a result says of its cost; undefined when it says nothing. */
export function saidCost(
  meta: Readonly<Record<string, unknown>> | undefined,
): SaidCost | undefined {
  const said = meta?.['mcp-gateway/cost'];
  if (typeof said !== 'object' || said === null) return undefined;
  const { amount, currency, estimate } = said as Readonly<Record<string, unknown>>;
  return { amount: String(amount), currency: String(currency), isEstimate: estimate === true };
}

/** What was charged for usage records, by their ids: it is there a moment after the calls. */
export async function chargesOf(
  gateway: { readonly url: string; readonly apiKey: string },
  usageIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const deadlineMs = Date.now() + RATED_MS;
  for (;;) {
    const { charges } = await callApi(gateway, 'GET', '/api/v1/billing/charges?limit=200');
    const amounts = new Map(
      (charges as readonly Readonly<Record<string, unknown>>[]).map((charge) => [
        String(charge['usageId']),
        `${String(charge['amount'])} ${String(charge['currency'])}`,
      ]),
    );
    if (usageIds.every((id) => amounts.has(id)) || Date.now() > deadlineMs) return amounts;
    await delay(LOOK_AGAIN_MS);
  }
}
