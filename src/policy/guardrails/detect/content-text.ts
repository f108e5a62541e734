import { isJsonObject, type Json } from '../../../kernel/json.ts';
import type { Finding } from './finding.ts';

/** A JSON value as one text, and where each of its texts stands in it. */
export interface ContentText {
  readonly text: string;
  readonly spans: readonly Span[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Whole numbers from here on may be a card's or a person's. */
const LONG_NUMBER = 10_000_000;
const BINARY_CHARACTERS = 1_024;

/**
 * Writes every text of a value under its name, one a line, as detectors know them from settings:
 * names, strings and long numbers. Long base64 is left out.
 */
export function contentText(value: Json): ContentText {
  const pieces: string[] = [];
  const spans: Span[] = [];
  let at = 0;
  const put = (piece: string): void => {
    pieces.push(piece);
    at += piece.length;
  };
  walk(value, (leaf) => {
    const start = at;
    put(leaf.text);
    spans.push({ start, end: at });
    put(leaf.isName ? '="' : '"\n');
    return leaf.text;
  });
  return { text: pieces.join(''), spans };
}

/** The value with what was found replaced by its type; `content` is of the same value. */
export function redactContent(
  value: Json,
  { text, spans }: ContentText,
  findings: readonly Finding[],
): Json {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let index = 0;
  return walk(value, () => {
    const { start, end } = spans[index++] as Span;
    return replaced(text, start, end, sorted);
  });
}

function replaced(text: string, start: number, end: number, sorted: readonly Finding[]): string {
  let kept = '';
  let at = start;
  for (const finding of sorted) {
    if (finding.end <= at || finding.start >= end) continue;
    // What goes on where another finding ended early is part of it.
    const goesOn = finding.start < at && at > start;
    if (!goesOn) kept += `${text.slice(at, finding.start)}[redacted:${finding.type}]`;
    at = Math.min(finding.end, end);
  }
  return kept + text.slice(at, end);
}

interface Leaf {
  readonly text: string;
  readonly isName: boolean;
}

/** Calls for every text in a fixed order, and puts what comes back in its place. */
function walk(value: Json, leaf: (leaf: Leaf) => string): Json {
  if (typeof value === 'string') {
    return isBinary(value) ? value : leaf({ text: value, isName: false });
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Math.abs(value) < LONG_NUMBER) return value;
    const text = String(value);
    const after = leaf({ text, isName: false });
    return after === text ? value : after;
  }
  if (Array.isArray(value)) return value.map((item: Json) => walk(item, leaf));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const shown = leaf({ text: name, isName: true });
    return [shown, walk(member, leaf)] as const;
  });
  return Object.fromEntries(members);
}

function isBinary(text: string): boolean {
  return text.length > BINARY_CHARACTERS && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
}
