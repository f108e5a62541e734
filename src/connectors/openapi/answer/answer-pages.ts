import type { Json, JsonObject } from '../../../kernel/json.ts';
import { shortenJson, wholeCharacters, type JsonCut } from './shorten-json.ts';

/** Room for what stands around the parts of a page: braces and the cursor of the next. */
const ENVELOPE_CHARACTERS = 100;
/** Text is looked at in pieces; written as JSON, a character can be six. */
const ESCAPED_CHARACTERS = 6;
/** A shorter piece of a text is not begun at the end of a page. */
const PIECE_CHARACTERS_MIN = 1_000;

/**
 * All that a shortened value does not show, as parts on pages: `{"at":"/data","from":50,
 * "items":[…]}`, `{"at":"/note","from":20,"text":"…"}` or `{"at":"/owner","members":{…}}`, where
 * `at` is a JSON Pointer (RFC 6901). Together with the shortened value they hold everything once.
 * A page is longer than `charactersMax` only when a single key is.
 */
export function answerPages(value: Json, charactersMax: number): readonly string[] {
  const waiting = [...shortenJson(value, charactersMax).cuts].toReversed();
  const pages: string[] = [];
  const roomMax = charactersMax - ENVELOPE_CHARACTERS;
  while (waiting.length > 0) {
    const parts: string[] = [];
    let room = roomMax;
    for (let cut = waiting.pop(); cut !== undefined; cut = waiting.pop()) {
      const { part, rest } = takePart(value, cut, room, parts.length === 0);
      waiting.push(...rest.toReversed());
      if (part === undefined) break;
      parts.push(part);
      room -= part.length + 1;
      if (rest.length > 0) break;
    }
    pages.push(`{"parts":[${parts.join(',')}]}`);
  }
  return pages;
}

/** All of a plain text that comes after its first `charactersMax` characters. */
export function textPages(text: string, charactersMax: number): readonly string[] {
  const pages: string[] = [];
  for (let rest = text.slice(wholeCharacters(text, charactersMax)); rest !== '';) {
    const length = wholeCharacters(rest, Math.min(charactersMax, rest.length));
    pages.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return pages;
}

interface Taken {
  /** Absent when nothing fits. */
  readonly part: string | undefined;
  /** What is still to be shown of it, in document order. */
  readonly rest: readonly JsonCut[];
}

/** As much of what was cut as fits; on an empty page (`first`) at least something. */
function takePart(root: Json, cut: JsonCut, room: number, first: boolean): Taken {
  const value = valueAt(root, cut.path);
  const at = JSON.stringify(pointerOf(cut.path));
  if (typeof value === 'string') return takeText(value, cut, at, room, first);
  return takeMembers(value, cut, at, room, first);
}

function takeText(value: string, cut: JsonCut, at: string, room: number, first: boolean): Taken {
  const head = `{"at":${at},"from":${cut.from},"text":`;
  const inner = room - head.length - 3;
  const left = value.length - cut.from;
  if (!first && inner < Math.min(left, PIECE_CHARACTERS_MIN))
    return { part: undefined, rest: [cut] };
  let length = Math.min(left, Math.max(inner, ESCAPED_CHARACTERS));
  let text = JSON.stringify(value.slice(cut.from, cut.from + length));
  while (text.length > inner && length > 2) {
    length = Math.max(2, Math.floor((length * inner) / text.length) - 1);
    length = wholeCharacters(value.slice(cut.from), length);
    text = JSON.stringify(value.slice(cut.from, cut.from + length));
  }
  const from = cut.from + length;
  return { part: `${head}${text}}`, rest: from < value.length ? [{ path: cut.path, from }] : [] };
}

/** Items of a list or members of an object; one that is larger than a page is shortened itself. */
function takeMembers(value: Json, cut: JsonCut, at: string, room: number, first: boolean): Taken {
  const list = Array.isArray(value) ? (value as readonly Json[]) : undefined;
  const entries = Object.entries(value as JsonObject);
  const [open, close] = list === undefined ? ['"members":{', '}'] : ['"items":[', ']'];
  const head = `{"at":${at},"from":${cut.from},${open}`;
  let left = room - head.length - close.length - 1;
  const texts: string[] = [];
  const rest: JsonCut[] = [];
  let next = cut.from;
  for (; next < entries.length && rest.length === 0; next += 1) {
    const [key, inner] = entries[next] as [string, Json];
    const label = list === undefined ? `${JSON.stringify(key)}:` : '';
    let text = label + JSON.stringify(inner);
    if (text.length > left) {
      if (!first || texts.length > 0) break;
      const short = shortenJson(inner, Math.max(left - label.length, 2));
      const step = list === undefined ? key : next;
      rest.push(
        ...short.cuts.map(({ path, from }) => ({ path: [...cut.path, step, ...path], from })),
      );
      text = label + JSON.stringify(short.value);
    }
    texts.push(text);
    left -= text.length + 1;
  }
  if (next < entries.length) rest.push({ path: cut.path, from: next });
  const part = texts.length === 0 ? undefined : `${head}${texts.join(',')}${close}}`;
  return { part, rest };
}

const valueAt = (root: Json, path: JsonCut['path']): Json =>
  path.reduce<Json>((value, key) => (value as Record<string | number, Json>)[key] ?? null, root);

const pointerOf = (path: JsonCut['path']): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
