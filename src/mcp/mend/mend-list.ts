import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { shownName } from '../wire/shown-name.ts';
import {
  annotations,
  flag,
  icons,
  listOf,
  members,
  mendMembers,
  named,
  number,
  object,
  oneOf,
  text,
  type Mender,
} from './mend-members.ts';
import { mendInputSchema, mendOutputSchema } from './mend-schema.ts';

/** The lists that servers have, by their member. */
export type ListMember = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** What was wrong in a list. */
export interface MendNote {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** The item it belongs to. */
  readonly operation?: string;
  readonly text: string;
}

/** A list that every client can read. */
export interface MendedList {
  readonly items: readonly JsonObject[];
  readonly notes: readonly MendNote[];
  /** True when it is not what the server listed. */
  readonly isMended: boolean;
}

interface Kind {
  /** What a thing is called by, and the member that must be there. */
  readonly what: string;
  readonly key: string;
  readonly known: Readonly<Record<string, Mender>>;
}

const shown = { title: text, description: text, icons, _meta: object };

const KINDS: Readonly<Record<ListMember, Kind>> = {
  tools: {
    what: 'tool',
    key: 'name',
    known: {
      ...shown,
      annotations: members({
        title: text,
        readOnlyHint: flag,
        destructiveHint: flag,
        idempotentHint: flag,
        openWorldHint: flag,
      }),
      execution: members({ taskSupport: oneOf('required', 'optional', 'forbidden') }),
      inputSchema: mendInputSchema,
      outputSchema: mendOutputSchema,
    },
  },
  prompts: {
    what: 'prompt',
    key: 'name',
    known: {
      ...shown,
      arguments: listOf(named('name', { title: text, description: text, required: flag })),
    },
  },
  resources: {
    what: 'resource',
    key: 'uri',
    known: { ...shown, mimeType: text, size: number, annotations },
  },
  resourceTemplates: {
    what: 'resource template',
    key: 'uriTemplate',
    known: { ...shown, mimeType: text, annotations },
  },
};

/**
 * What a server lists, as the strictest clients take it: one wrong item refuses the whole list
 * there. What cannot be mended is left out, and said; it costs only itself.
 */
export function mendList(member: ListMember, listed: readonly Json[]): MendedList {
  const kind = KINDS[member];
  const notes: MendNote[] = [];
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  let isMended = false;
  const leaveOut = (name: string, code: string, why: string): void => {
    isMended = true;
    notes.push({ severity: 'error', code, operation: name, text: `Left out: ${why}.` });
  };
  listed.forEach((item, at) => {
    const place = `${kind.what} ${at + 1}`;
    if (!isJsonObject(item)) return leaveOut(place, 'item_invalid', 'it is not an object');
    const key = item[kind.key];
    if (typeof key !== 'string' || key === '') {
      return leaveOut(place, 'item_unnamed', `its "${kind.key}" is not a text`);
    }
    if (seen.has(key)) {
      return leaveOut(shownName(key), 'item_repeated', 'the same is listed before');
    }
    seen.add(key);
    const mended = mendItem(kind, key, item);
    items.push(mended);
    if (mended === item) return undefined;
    isMended = true;
    notes.push(...notesOf(key, item, mended));
    return undefined;
  });
  return { items, notes, isMended };
}

function mendItem(kind: Kind, key: string, item: JsonObject): JsonObject {
  const mended = mendMembers(item, kind.known);
  if (kind.key === 'name') {
    if (kind.what !== 'tool' || 'inputSchema' in mended) return mended;
    return { ...mended, inputSchema: mendInputSchema(undefined) };
  }
  if (typeof mended['name'] === 'string') return mended;
  return { ...mended, name: typeof mended['title'] === 'string' ? mended['title'] : key };
}

/** Nulls for what is absent are common and mean nothing: they are mended in silence. */
function notesOf(key: string, item: JsonObject, mended: JsonObject): readonly MendNote[] {
  const names = Object.keys({ ...item, ...mended }).filter((name) => {
    if (item[name] === mended[name]) return false;
    return !(item[name] === null && mended[name] === undefined);
  });
  if (names.length === 0) return [];
  const text = `Mended or left out because clients would refuse it: ${names.join(', ')}.`;
  return [{ severity: 'warning', code: 'item_mended', operation: shownName(key), text }];
}
