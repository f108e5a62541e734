import { isJsonObject, type Json } from '../../../kernel/json.ts';

/** A value cut down to a size, still the same kind of value. */
export interface ShortenedJson {
  readonly value: Json;
  readonly shortened: boolean;
  /** For people and models: what was left out. */
  readonly notes: readonly string[];
  /** All that was left out, in document order. */
  readonly cuts: readonly JsonCut[];
  /** The JSON of the whole value, when it was shortened. */
  readonly whole?: string;
}

/** The end of a list, an object or a text, which a shortened value does not show. */
export interface JsonCut {
  /** The keys that lead to it from the root. */
  readonly path: readonly (string | number)[];
  /** How many of its items, members or characters are shown. */
  readonly from: number;
}

interface Bounds {
  readonly items: number;
  readonly characters: number;
  readonly depth: number;
}

/** From generous to strict; `items` is the least that a step shows of every list. */
const STEPS: readonly Bounds[] = [
  { items: 50, characters: 20_000, depth: 64 },
  { items: 20, characters: 4_000, depth: 32 },
  { items: 20, characters: 1_000, depth: 16 },
  { items: 10, characters: 500, depth: 12 },
  { items: 10, characters: 300, depth: 8 },
  { items: 5, characters: 200, depth: 6 },
  { items: 5, characters: 100, depth: 4 },
  { items: 3, characters: 60, depth: 3 },
  { items: 1, characters: 40, depth: 2 },
];

const ITEMS_MAX = 100_000;
const NOTES_MAX = 5;

/**
 * Cuts long lists and long strings, evenly and only as far as needed, until the JSON fits. Every
 * list and object keeps its first members; as many as fit.
 */
export function shortenJson(value: Json, charactersMax: number): ShortenedJson {
  const whole = JSON.stringify(value);
  if (whole.length <= charactersMax) return { value, shortened: false, notes: [], cuts: [] };
  const attempt = (bounds: Bounds): ShortenedJson | undefined => {
    const trimmed: Trimmed = { bounds, notes: [], cuts: [], path: [] };
    const cut = trim(value, trimmed, '');
    if (JSON.stringify(cut).length > charactersMax) return undefined;
    const { notes, cuts } = trimmed;
    return { value: cut, shortened: true, notes, cuts, whole };
  };
  for (const step of STEPS) {
    const least = attempt(step);
    if (least !== undefined) return mostItems(step, least, attempt);
  }
  const kind = Array.isArray(value) ? [] : isJsonObject(value) ? {} : '';
  const cuts = [{ path: [], from: 0 }];
  return { value: kind, shortened: true, notes: ['the answer is too large to show'], cuts, whole };
}

/** Looks for the largest number of items that still fits. */
function mostItems(
  step: Bounds,
  least: ShortenedJson,
  attempt: (bounds: Bounds) => ShortenedJson | undefined,
): ShortenedJson {
  let best = least;
  let low = step.items;
  let high = low * 2;
  for (let next = attempt({ ...step, items: high }); next !== undefined;) {
    best = next;
    low = high;
    if (high >= ITEMS_MAX) return best;
    high *= 2;
    next = attempt({ ...step, items: high });
  }
  while (high - low > Math.max(1, low / 50)) {
    const middle = Math.floor((low + high) / 2);
    const next = attempt({ ...step, items: middle });
    if (next === undefined) high = middle;
    else [best, low] = [next, middle];
  }
  return best;
}

/** What one pass over a value takes and finds. */
interface Trimmed {
  readonly bounds: Bounds;
  readonly notes: string[];
  readonly cuts: JsonCut[];
  /** Where the pass is. */
  readonly path: (string | number)[];
}

function trim(value: Json, trimmed: Trimmed, at: string): Json {
  const { bounds, notes, path } = trimmed;
  if (typeof value === 'string') {
    if (value.length <= bounds.characters) return value;
    const shown = wholeCharacters(value, bounds.characters);
    note(notes, `${at || 'the text'} shows ${shown} of ${value.length} characters`);
    cutAt(trimmed, shown);
    return `${value.slice(0, shown)}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (path.length >= bounds.depth) {
    const kind = Array.isArray(value) ? [] : {};
    if (Object.keys(value).length === 0) return kind;
    note(notes, `${at} is left out`);
    cutAt(trimmed, 0);
    return kind;
  }
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const kept = list
      .slice(0, bounds.items)
      .map((item, index) => inside(trimmed, index, () => trim(item, trimmed, `${at}[]`)));
    if (list.length > bounds.items) {
      note(notes, `${at || 'the list'} shows ${bounds.items} of ${list.length} items`);
      cutAt(trimmed, bounds.items);
    }
    return kept;
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, bounds.items).map(([key, inner]) => {
    const place = at === '' ? key : `${at}.${key}`;
    return [key, inside(trimmed, key, () => trim(inner, trimmed, place))] as const;
  });
  if (entries.length > bounds.items) {
    note(notes, `${at || 'the object'} shows ${bounds.items} of ${entries.length} members`);
    cutAt(trimmed, bounds.items);
  }
  return Object.fromEntries(kept);
}

function inside(trimmed: Trimmed, key: string | number, run: () => Json): Json {
  trimmed.path.push(key);
  const value = run();
  trimmed.path.pop();
  return value;
}

function cutAt({ cuts, path }: Trimmed, from: number): void {
  cuts.push({ path: [...path], from });
}

/** The nearest length that does not tear a character of two code units apart. */
export function wholeCharacters(text: string, length: number): number {
  const torn = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && length < text.length;
  return torn && length > 1 ? length - 1 : length;
}

function note(notes: string[], text: string): void {
  if (notes.length < NOTES_MAX && !notes.includes(text)) notes.push(text);
}
