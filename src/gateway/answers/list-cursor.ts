import { createHash } from 'node:crypto';
import { RpcError } from '../../kernel/errors.ts';
import { stringMember, type Json, type JsonObject } from '../../kernel/json.ts';
import type { Seal } from '../../kernel/seal.ts';
import { rpcCode } from '../../mcp/protocol.ts';

/** So many items before the place are remembered: some of them may be gone. */
const REMEMBERED = 4;
/** Enough that two items of one list never share it by chance; a URI may be long. */
const MARK_DIGITS = 16;

/** Where a list goes on: the place, the item that stood there, and those before it, last first. */
type Place = readonly [offset: number, next: string, ...before: string[]];

/** Seals the place before the item at `offset`, by the items around it. */
export function sealCursor(
  seal: Seal,
  context: string,
  items: readonly JsonObject[],
  offset: number,
): string {
  const before = items.slice(Math.max(0, offset - REMEMBERED), offset).map(markOf);
  const place: Place = [offset, markOf(items[offset] ?? {}), ...before.toReversed()];
  return seal.seal(JSON.stringify(place), context);
}

/**
 * The place a cursor leads to in the list as it is now: the item that was next; where that is gone,
 * behind the nearest one before it; where all of those are gone too, the same distance from the
 * start. Throws RpcError -32602 for what is no cursor of this list.
 */
export function openCursor(
  seal: Seal,
  context: string,
  items: readonly JsonObject[],
  cursor: Json,
): number {
  const opened = typeof cursor === 'string' ? seal.open(cursor, context) : undefined;
  if (opened === undefined) {
    throw new RpcError(rpcCode.invalidParams, 'The cursor is not valid; start again without it.');
  }
  const [offset, next, ...before] = JSON.parse(opened) as Place;
  if (items[offset] !== undefined && markOf(items[offset]) === next) return offset;
  const places = new Map(items.map((item, index) => [markOf(item), index]));
  const there = places.get(next);
  if (there !== undefined) return there;
  for (const mark of before) {
    const place = places.get(mark);
    if (place !== undefined) return place + 1;
  }
  return Math.min(offset, items.length);
}

function markOf(item: JsonObject): string {
  const key =
    stringMember(item, 'uri') ?? stringMember(item, 'uriTemplate') ?? stringMember(item, 'name');
  return createHash('sha256')
    .update(key ?? '')
    .digest('base64url')
    .slice(0, MARK_DIGITS);
}
