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

/** From generous to strict; the first whose result fits is used. */
const STEPS: readonly Bounds[] = [
  { items: 1_000, characters: 20_000, depth: 64 },
  { items: 200, characters: 4_000, depth: 32 },
  { items: 100, characters: 1_000, depth: 16 },
  { items: 50, characters: 500, depth: 12 },
  { items: 20, characters: 300, depth: 8 },
  { items: 10, characters: 200, depth: 6 },
  { items: 5, characters: 100, depth: 4 },
  { items: 3, characters: 60, depth: 3 },
  { items: 1, characters: 40, depth: 2 },
];

const NOTES_MAX = 5;

/** Cuts long lists and long strings, evenly and only as far as needed, until the JSON fits. */
export function shortenJson(value: Json, charactersMax: number): ShortenedJson {
  if (JSON.stringify(value).length <= charactersMax) return { value, shortened: false, notes: [] };
  const top = topList(value);
  for (const step of STEPS) {
    const notes: string[] = [];
    const cut = trim(value, step, '', 0, notes);
    const length = JSON.stringify(cut).length;
    if (length <= charactersMax) return { value: cut, shortened: true, notes };
    const fitted = top === undefined ? undefined : fitList(value, step, charactersMax);
    if (fitted !== undefined) return fitted;
  }
  const kind = Array.isArray(value) ? [] : isJsonObject(value) ? {} : '';
  return { value: kind, shortened: true, notes: ['the answer is too large to show'] };
}

const topList = (value: Json): readonly Json[] | undefined =>
  Array.isArray(value) && value.length > 0 ? (value as readonly Json[]) : undefined;

/** A list at the top keeps as many whole items as fit. */
function fitList(value: Json, step: Bounds, charactersMax: number): ShortenedJson | undefined {
  const list = topList(value) ?? [];
  const kept: Json[] = [];
  const notes: string[] = [];
  let left = charactersMax - 2;
  for (const item of list) {
    const cut = trim(item, { ...step, items: Math.max(step.items, 20) }, '', 1, []);
    left -= JSON.stringify(cut).length + 1;
    if (left < 0) break;
    kept.push(cut);
  }
  // Few whole items beat many mutilated ones, but not one of a thousand.
  if (kept.length < Math.min(5, list.length)) return undefined;
  if (kept.length < list.length)
    notes.push(`the list shows ${kept.length} of ${list.length} items`);
  return { value: kept, shortened: true, notes };
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
  const entries = Object.entries(value).map(
    ([key, inner]) =>
      [key, trim(inner, bounds, at === '' ? key : `${at}.${key}`, depth + 1, notes)] as const,
  );
  return Object.fromEntries(entries);
}

function note(notes: string[], text: string): void {
  if (notes.length < NOTES_MAX && !notes.includes(text)) notes.push(text);
}
