import type { Json } from '../json.ts';

/** A number of many digits or with an exponent, where a number can stand. */
const LONG_NUMBER = /(?:^|[[:,\s])(-?(?:[\d.]{16,}(?:[eE][-+]?\d+)?|[\d.]+[eE][-+]?\d+))/g;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/**
 * Parses JSON without changing a number: one that a JS number cannot hold exactly arrives as the
 * text of its digits. Throws SyntaxError.
 */
export function parseExactJson(text: string): Json {
  return losesDigits(text) ? (JSON.parse(text, keepDigits) as Json) : (JSON.parse(text) as Json);
}

/** True when a JS number would change a number of the text; some text may look like a number. */
function losesDigits(text: string): boolean {
  for (const [, digits = ''] of text.matchAll(LONG_NUMBER)) {
    if (String(Number(digits)) !== digits && typeof exactNumber(digits) === 'string') return true;
  }
  return false;
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  const same = typeof value !== 'number' || source === undefined || String(value) === source;
  return same ? value : exactNumber(source);
}

/** True for text that is a JSON number which a JS number would round. */
export function isLongNumber(value: unknown): boolean {
  return typeof value === 'string' && NUMBER.test(value) && typeof exactNumber(value) === 'string';
}

/** The number when it stands for exactly these digits, else the digits as text. */
export function exactNumber(digits: string): number | string {
  const value = Number(digits);
  if (/^-?\d+$/.test(digits)) return Number.isSafeInteger(value) ? value : digits;
  return Number.isFinite(value) && same(value, digits) ? value : digits;
}

/** True when the number, written out, has the significant digits of the text. */
function same(value: number, digits: string): boolean {
  return significant(String(value)) === significant(digits);
}

/** Significant digits and exponent of the first: `0.0120` and `1.2e-2` are both `12|-2`. */
function significant(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  const first = all.search(/[1-9]/);
  if (first === -1) return '0';
  const power = Number(exponent) + whole.length - 1 - first;
  return `${sign === '-' ? '-' : ''}${all.slice(first).replace(/0+$/, '')}|${power}`;
}
