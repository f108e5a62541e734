import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { mendList, type ListMember } from './mend-list.ts';

const MEMBERS: ReadonlyMap<string, ListMember> = new Map([
  ['tools/list', 'tools'],
  ['prompts/list', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resourceTemplates'],
]);

/** True for the methods whose results are pages of a list. */
export function isListMethod(method: string): boolean {
  return MEMBERS.has(method);
}

/**
 * One page of a list as every client takes it, for clients that get a service's own pages. A
 * sound page keeps its bytes. Throws SyntaxError on bytes that are not JSON.
 */
export function mendPage(method: string, page: JsonBytes, cursor: Json | undefined): JsonBytes {
  const member = MEMBERS.get(method);
  if (member === undefined) return page;
  const { [member]: listed, ...rest } = page.value;
  const { items, isMended } = mendList(member, Array.isArray(listed) ? (listed as Json[]) : []);
  const next = rest['nextCursor'];
  const isLast = typeof next !== 'string' || next === '' || next === cursor;
  if (!isMended && Array.isArray(listed) && (!isLast || next === undefined)) return page;
  const { nextCursor: _, ...others } = rest;
  const kept: JsonObject = isLast ? others : rest;
  return JsonBytes.fromValue({ ...kept, [member]: items });
}
