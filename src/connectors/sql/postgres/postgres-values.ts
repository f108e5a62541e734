import type { Json } from '../../../kernel/json.ts';
import { exactNumber, parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import type { ColumnType } from '../database.ts';

/** Types by their object id (pg_type.dat). */
const scalars: Readonly<Record<number, ColumnType>> = {
  16: 'boolean',
  17: 'binary',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  26: 'integer',
  114: 'json',
  700: 'number',
  701: 'number',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamp',
  1700: 'decimal',
  3802: 'json',
};

/** The element types of arrays, by the array's object id. */
const elements: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1005: 21,
  1007: 23,
  1009: 25,
  1014: 1042,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1115: 1114,
  1182: 1082,
  1185: 1184,
  1231: 1700,
  2951: 2950,
  3807: 3802,
};

/** What a column's values are in JSON. */
export function postgresColumnType(typeId: number): ColumnType {
  return typeId in elements ? 'list' : (scalars[typeId] ?? 'text');
}

/** A value from its text form, exactly: nothing passes through a number that cannot hold it. */
export function postgresValue(typeId: number, text: string): Json {
  const element = elements[typeId];
  if (element !== undefined) return readList(text, element);
  switch (scalars[typeId]) {
    case 'boolean':
      return text === 't';
    case 'binary':
      return Buffer.from(text.replace(/^\\x/, ''), 'hex').toString('base64');
    case 'integer':
      return exactNumber(text);
    case 'number':
      // NaN and Infinity are no JSON numbers.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'json':
      return parseExactJson(text);
    case 'timestamp':
      return isoTime(text);
    default:
      return text;
  }
}

/** `2026-03-31 09:30:00+00` as ISO 8601; what ISO has no form for (BC, infinity) stays. */
function isoTime(text: string): string {
  const [, day, time, zone = ''] =
    /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::\d\d)?)?$/.exec(text) ?? [];
  if (day === undefined || time === undefined) return text;
  const offset = zone === '+00' ? 'Z' : zone.length === 3 ? `${zone}:00` : zone;
  return `${day}T${time}${offset}`;
}

/** Reads an array's text form; dimensions become lists in lists. */
function readList(text: string, element: number): Json {
  let at = text.indexOf('{');
  const read = (): Json => {
    const items: Json[] = [];
    at += 1;
    while (at < text.length && text[at] !== '}') {
      if (text[at] === '{') items.push(read());
      else items.push(readItem());
      if (text[at] === ',') at += 1;
    }
    at += 1;
    return items;
  };
  const readItem = (): Json => {
    if (text[at] !== '"') {
      const end = at + (/[,}]/.exec(text.slice(at))?.index ?? text.length - at);
      const plain = text.slice(at, end);
      at = end;
      return plain === 'NULL' ? null : postgresValue(element, plain);
    }
    let value = '';
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      value += text[at] ?? '';
    }
    at += 1;
    return postgresValue(element, value);
  };
  return at === -1 ? text : read();
}
