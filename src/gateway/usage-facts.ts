import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { JsonBytes } from '../kernel/json-bytes.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { Admitted, Target, UpstreamTarget } from './exchange.ts';
import type { Filter } from './filter.ts';

/** What the billing rules of a tenant ask of its calls. */
export interface AskedFacts {
  /** Roles and ids of groups that rules name. */
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Names of top-level arguments. */
  readonly arguments: readonly string[];
  /** Whether a rule counts what this tool reports of itself. */
  reports(slug: string, tool: string): boolean;
  /** Whether somebody is paid for this tool. */
  isPaid(slug: string, tool: string): boolean;
  /** Whether a rule charges such an exchange for time, bytes or events while it runs. */
  isInParts(about: { service: string | null; tool: string | null; method: string }): boolean;
}

/** Tells what is asked; undefined, as for nearly every tenant, when that is nothing. */
export type AskedFactsOf = (tenant: TenantId) => AskedFacts | undefined;

/** The member of a result's `_meta` in which a tool says what it used. */
export const USAGE_META = 'mcp-gateway/usage';

const DECIMAL = /^\d{1,18}(\.\d{1,18})?$/;
const NAME = /^[a-z][a-z0-9_.-]*$/;
const CURRENCY = /^[A-Z]{3}$/;

/** Roles, groups and arguments of a call, as far as they are asked for, as a record keeps them. */
export function attributesOf(
  asked: AskedFacts | undefined,
  { principal }: Admitted,
  target: Target,
): string | null {
  if (asked === undefined) return null;
  const { permissions } = principal;
  const named = (names: readonly string[], held: readonly string[]): Json[] =>
    held.filter((name) => names.includes(name)).slice(0, limits.billedAttributesMax);
  const found: JsonObject = {
    ...(asked.roles.length > 0 ? { roles: named(asked.roles, permissions.roles) } : {}),
    ...(asked.groups.length > 0 ? { groups: named(asked.groups, permissions.groups) } : {}),
    ...(asked.arguments.length > 0 ? { arguments: argumentsOf(asked, target) } : {}),
  };
  return Object.keys(found).length === 0 ? null : JSON.stringify(found);
}

function argumentsOf(asked: AskedFacts, target: Target): JsonObject {
  const given = 'params' in target ? target.params['arguments'] : undefined;
  if (!isJsonObject(given)) return {};
  const found: Record<string, string> = {};
  for (const name of asked.arguments.slice(0, limits.billedAttributesMax)) {
    const text = Object.hasOwn(given, name) ? textOf(given[name]) : undefined;
    if (text !== undefined) found[name] = text;
  }
  return found;
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  return value.length <= limits.billedArgumentCharactersMax ? value : undefined;
}

/** Whether a rule counts what the tool of this call reports. */
export function isReportAsked(
  asked: AskedFacts | undefined,
  method: string,
  target: Target,
): boolean {
  return asked !== undefined && isSo(method, target, asked.reports);
}

/** Whether somebody is paid for the tool of this call. */
export function isPaid(asked: AskedFacts | undefined, method: string, target: Target): boolean {
  return asked !== undefined && isSo(method, target, asked.isPaid);
}

function isSo(
  method: string,
  target: Target,
  test: (slug: string, tool: string) => boolean,
): boolean {
  if (target.kind !== 'upstream' || method !== 'tools/call') return false;
  const { live, name }: UpstreamTarget = target;
  return name !== null && test(live.service.slug, name);
}

/** Keeps results whole whose report is read. */
export const reportFilter: Filter = {
  concerns: (exchange) => exchange.isReportAsked,
  needsWhole: () => true,
  filter: (exchange, next) => next(exchange),
};

/**
 * What a tool says it used, as a record keeps it: exact numbers by unit. `_meta` of the result has
 * `{ tokens: { input: 1200 }, quantities: { pages: "12.5" }, price: { amount: "0.02", currency:
 * "USD" } }`; numbers that are not whole are best given as text. What cannot be read is named
 * under `unreadable`, so that a missing charge can be explained.
 */
export function quantitiesOf(result: JsonBytes): string | null {
  return result.has('_meta') ? reportedQuantities(result.member('_meta') as Json) : null;
}

/** The same, of the `_meta` of a result. */
export function reportedQuantities(meta: Json | undefined): string | null {
  const said = isJsonObject(meta) ? meta[USAGE_META] : undefined;
  if (!isJsonObject(said)) return null;
  const found: Record<string, string> = {};
  const unreadable: string[] = [];
  readAmounts(said['tokens'], 'token', found, unreadable);
  readAmounts(said['quantities'], 'custom', found, unreadable);
  if (said['price'] !== undefined) {
    const price = priceOf(said['price']);
    if (price === undefined) unreadable.push('price');
    else found['reported_price'] = price;
  }
  if (unreadable.length > 0) found['unreadable'] = unreadable.join(' ');
  return Object.keys(found).length === 0 ? null : JSON.stringify(found);
}

function readAmounts(
  said: Json | undefined,
  unit: 'token' | 'custom',
  found: Record<string, string>,
  unreadable: string[],
): void {
  if (said === undefined) return;
  if (!isJsonObject(said)) {
    unreadable.push(unit);
    return;
  }
  for (const [name, value] of Object.entries(said).slice(0, limits.reportedQuantitiesMax)) {
    const isName = NAME.test(name) && name.length <= limits.reportedNameLengthMax;
    const amount = isName ? decimalOf(value) : undefined;
    if (amount !== undefined) found[`${unit}:${name}`] = amount;
    else unreadable.push(`${unit}:${isName ? name : '?'}`);
  }
}

function priceOf(said: Json): string | undefined {
  if (!isJsonObject(said)) return undefined;
  const { amount: given, currency } = said;
  const amount = decimalOf(given);
  const isCurrency = typeof currency === 'string' && CURRENCY.test(currency);
  return amount !== undefined && isCurrency ? `${amount} ${currency}` : undefined;
}

/** A number that is not whole may have lost its last digits before it got here: text is exact. */
function decimalOf(value: Json | undefined): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && DECIMAL.test(text) ? text : undefined;
}
