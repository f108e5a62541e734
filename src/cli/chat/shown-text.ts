import { stringMember, type JsonObject } from '../../kernel/json.ts';

const SHOWN_MAX = 300;

/** Text of models and services as a terminal may show it: control characters would be obeyed. */
export function shownText(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, '');
}

/** Arguments of a call in one line. */
export function shownArguments(given: unknown): string {
  const text = shownText(JSON.stringify(given ?? {}));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** Money that an answer lists, `0.0031 USD`; undefined for none. */
export function shownCost(cost: JsonObject | undefined): string | undefined {
  const [amount, currency] = [stringMember(cost, 'amount'), stringMember(cost, 'currency')];
  return amount === undefined ? undefined : `${amount} ${currency ?? ''}`.trim();
}
