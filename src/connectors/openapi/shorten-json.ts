import { isJsonObject, type Json } from '../../kernel/json.ts';

/** A value cut down to a size, still the same kind of value. */
export interface ShortenedJson {
  readonly value: Json;
  readonly shortened: boolean;
  /** For people and models: what was left out. */
  readonly notes: readonly string[];
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
  if (JSON.stringify(value).length <= charactersMax) return { value, shortened: false, notes: [] };
  const attempt = (bounds: Bounds): ShortenedJson | undefined => {
    const notes: string[] = [];
    const cut = trim(value, bounds, '', 0, notes);
    const fits = JSON.stringify(cut).length <= charactersMax;
    return fits ? { value: cut, shortened: true, notes } : undefined;
  };
  for (const step of STEPS) {
    const least = attempt(step);
    if (least !== undefined) return mostItems(step, least, attempt);
  }
  const kind = Array.isArray(value) ? [] : isJsonObject(value) ? {} : '';
  return { value: kind, shortened: true, notes: ['the answer is too large to show'] };
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

function trim(value: Json, bounds: Bounds, at: string, depth: number, notes: string[]): Json {
  if (typeof value === 'string') {
    if (value.length <= bounds.characters) return value;
    note(notes, `${at || 'the text'} shows ${bounds.characters} of ${value.length} characters`);
    return `${value.slice(0, bounds.characters).toWellFormed()}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= bounds.depth) {
    note(notes, `${at} is left out`);
    return Array.isArray(value) ? [] : {};
  }
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (list.length > bounds.items) {
      note(notes, `${at || 'the list'} shows ${bounds.items} of ${list.length} items`);
    }
    return list
      .slice(0, bounds.items)
      .map((item) => trim(item, bounds, `${at}[]`, depth + 1, notes));
  }
  const entries = Object.entries(value);
  if (entries.length > bounds.items) {
    note(notes, `${at || 'the object'} shows ${bounds.items} of ${entries.length} members`);
  }
  const kept = entries.slice(0, bounds.items).map(([key, inner]) => {
    const place = at === '' ? key : `${at}.${key}`;
    return [key, trim(inner, bounds, place, depth + 1, notes)] as const;
  });
  return Object.fromEntries(kept);
}

function note(notes: string[], text: string): void {
  if (notes.length < NOTES_MAX && !notes.includes(text)) notes.push(text);
}
