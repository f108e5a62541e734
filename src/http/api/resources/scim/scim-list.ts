import { z } from '@hono/zod-openapi';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { respondJson } from '../../framework/respond.ts';
import { SCIM_TYPE, urns } from './scim-protocol.ts';

const whole = z
  .string()
  .regex(/^-?\d{1,9}$/, 'must be a whole number')
  .transform(Number);
const names = z.string().max(limits.scimFilterCharactersMax);

/** Which attributes an answer has (RFC 7644, section 3.9). */
export const shownQuery = z.strictObject({
  attributes: names.optional(),
  excludedAttributes: names.optional(),
});

/** What a list is asked for (RFC 7644, section 3.4.2). Sorting is not known and does no harm. */
export const listQuery = shownQuery.extend({
  filter: z.string().optional(),
  startIndex: whole.optional().describe('From 1.'),
  count: whole.optional().describe(`At most ${limits.scimPageItems}.`),
  sortBy: z.string().optional(),
  sortOrder: z.string().optional(),
});

/** A resource of SCIM. */
export const scimResource = z
  .looseObject({ schemas: z.array(z.string()), id: z.string() })
  .openapi('ScimResource');

/** A list of them. */
export const scimListSchema = z
  .strictObject({
    schemas: z.array(z.literal(urns.list)),
    totalResults: z.int(),
    startIndex: z.int(),
    itemsPerPage: z.int(),
    Resources: z.array(z.looseObject({ schemas: z.array(z.string()) })),
  })
  .openapi('ScimList');

/** The part of a list that is asked for; a page is never larger than `scimPageItems`. */
export function pageOf<Item>(
  items: readonly Item[],
  query: { readonly startIndex?: number | undefined; readonly count?: number | undefined },
) {
  const startIndex = Math.max(1, query.startIndex ?? 1);
  const count = Math.min(Math.max(0, query.count ?? limits.scimPageItems), limits.scimPageItems);
  return { startIndex, total: items.length, items: items.slice(startIndex - 1).slice(0, count) };
}

/** A list response. */
export function scimList(
  resources: readonly JsonObject[],
  { startIndex, total }: { readonly startIndex: number; readonly total: number },
): JsonObject {
  const counts = { totalResults: total, startIndex, itemsPerPage: resources.length };
  return { schemas: [urns.list], ...counts, Resources: [...resources] };
}

const ALWAYS = new Set(['schemas', 'id', 'meta']);

/** A resource with the attributes that are wanted; sub-attributes come with theirs. */
export function shown(resource: JsonObject, query: z.output<typeof shownQuery>): JsonObject {
  const wanted = namesIn(query.attributes);
  const unwanted = namesIn(query.excludedAttributes);
  const isShown = (name: string): boolean =>
    ALWAYS.has(name) ||
    ((wanted === undefined || wanted.has(name.toLowerCase())) &&
      unwanted?.has(name.toLowerCase()) !== true);
  return Object.fromEntries(Object.entries(resource).filter(([name]) => isShown(name)));
}

/** Whether an attribute is worth reading for an answer. */
export function isWanted(name: string, query: z.output<typeof shownQuery>): boolean {
  return name in shown({ [name]: true }, query);
}

function namesIn(list: string | undefined): ReadonlySet<string> | undefined {
  if (list === undefined) return undefined;
  const tops = list.split(',').map((one) => one.trim().split(':').at(-1)?.split('.')[0] ?? '');
  return new Set(tops.map((name) => name.toLowerCase()));
}

/** An answer of SCIM. */
export function respondScim(
  status: number,
  value: JsonObject,
  headers: Record<string, string> = {},
): Response {
  return respondJson(status, value, { ...headers, 'Content-Type': SCIM_TYPE });
}
