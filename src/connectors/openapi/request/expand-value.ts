import type { Json } from '../../../kernel/json.ts';
import type { Serialization } from '../model/operation-source.ts';
import { percentEncode, percentEncodeName, percentEncodeReserved } from './percent-encode.ts';

/** A value after RFC 6570 §2.3: undefined members are gone. */
type Defined =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [string, string])[] };

type Encode = (text: string) => string;

/** Expands a path parameter (styles simple, label and matrix); undefined when it has no value. */
export function expandPath(name: string, value: Json, rules: Serialization): string | undefined {
  const defined = define(value, rules);
  if (defined === undefined) return undefined;
  const encode = encoder(rules, 'path');
  if (rules.style === 'label')
    return `.${joined(defined, rules.explode ? '.' : ',', rules, encode)}`;
  if (rules.style === 'matrix') return matrix(name, defined, rules, encode);
  return joined(defined, percentSeparator(rules), rules, encode);
}

/** Expands a header (style simple): no percent-encoding, for HTTP headers have none. */
export function expandHeader(value: Json, rules: Serialization): string | undefined {
  const defined = define(value, rules);
  return defined && joined(defined, separator(rules), rules, (text) => text);
}

/** Expands a query parameter, form field or cookie into `name=value` pairs, ready to be joined. */
export function expandPairs(name: string, value: Json, rules: Serialization): readonly string[] {
  if (rules.contentType !== undefined) {
    return [`${percentEncodeName(name)}=${percentEncode(contentText(value, rules.contentType))}`];
  }
  if (rules.style === 'deepObject') return deepPairs(name, value, rules);
  const defined = define(value, rules);
  if (defined === undefined) return [];
  const raw: Encode = (text) => text;
  const encode = rules.style === 'cookie' ? raw : encoder(rules, 'query');
  const encodeName = rules.style === 'cookie' ? raw : percentEncodeName;
  const key = encodeName(name);
  if (rules.explode && defined.kind === 'list') {
    return defined.items.map((item) => `${key}=${encode(item)}`);
  }
  if (rules.explode && defined.kind === 'pairs') {
    return defined.pairs.map(([inner, item]) => `${encodeName(inner)}=${encode(item)}`);
  }
  const between = rules.style === 'cookie' ? ',' : percentSeparator(rules);
  return [`${key}=${joined(defined, between, { ...rules, explode: false }, encode)}`];
}

/** A value as the text of a media type (`content` instead of `schema`). */
export function contentText(value: Json, contentType: string): string {
  if (typeof value === 'string' && !/[/+]json\b/i.test(contentType)) return value;
  return JSON.stringify(value);
}

/** A primitive as text; structures inside a flat style are written as JSON. */
export function primitiveText(value: Json): string {
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return typeof value === 'number' ? plainNumber(value) : String(value);
}

/** JavaScript writes 1e21 where every other reader expects digits. */
function plainNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 1e21
    ? BigInt(value).toString()
    : String(value);
}

function define(value: Json, rules: Serialization): Defined | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const kept = rules.keepsEmpty === true ? list : list.filter((item) => item !== null);
    const items = kept.map((item) => itemText(item, rules));
    if (items.length === 0 && rules.keepsEmpty === true && !rules.explode) items.push('');
    return items.length === 0 ? undefined : { kind: 'list', items };
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, primitiveText(item)] as const);
    return pairs.length === 0 ? undefined : { kind: 'pairs', pairs };
  }
  return { kind: 'text', text: primitiveText(value) };
}

function itemText(item: Json, rules: Serialization): string {
  if (item === null) return '';
  if (!Array.isArray(item)) return primitiveText(item);
  return item.map((inner: Json) => primitiveText(inner)).join(rules.innerDelimiter ?? ',');
}

const encoder =
  (rules: Serialization, component: 'path' | 'query'): Encode =>
  (text) =>
    rules.allowReserved ? percentEncodeReserved(text, component) : percentEncode(text);

const separator = (rules: Serialization): string =>
  rules.style === 'delimited' ? (rules.delimiter ?? ',') : ',';

/** In a query a comma may stand as it is; other separators are encoded. */
function percentSeparator(rules: Serialization): string {
  const plain = separator(rules);
  return plain === ',' ? plain : percentEncode(plain);
}

function joined(defined: Defined, between: string, rules: Serialization, encode: Encode): string {
  if (defined.kind === 'text') return encode(defined.text);
  if (defined.kind === 'list') return defined.items.map(encode).join(between);
  const inner = rules.explode ? '=' : between;
  return defined.pairs.map(([key, item]) => `${encode(key)}${inner}${encode(item)}`).join(between);
}

function matrix(name: string, defined: Defined, rules: Serialization, encode: Encode): string {
  const key = percentEncode(name);
  const named = (left: string, text: string): string =>
    text === '' ? `;${left}` : `;${left}=${text}`;
  if (rules.explode && defined.kind === 'list') {
    return defined.items.map((item) => named(key, encode(item))).join('');
  }
  if (rules.explode && defined.kind === 'pairs') {
    return defined.pairs.map(([inner, item]) => named(encode(inner), encode(item))).join('');
  }
  return named(key, joined(defined, ',', { ...rules, explode: false }, encode));
}

/** `name[key][0]=value`: undefined by OAS below one level, and read like this by most servers. */
function deepPairs(name: string, value: Json, rules: Serialization): readonly string[] {
  const encode = encoder(rules, 'query');
  const pairs: string[] = [];
  const visit = (prefix: string, inner: Json): void => {
    if (inner === null) return;
    if (typeof inner === 'object') {
      for (const [key, item] of Object.entries(inner))
        visit(`${prefix}%5B${percentEncode(key)}%5D`, item);
    } else {
      pairs.push(`${prefix}=${encode(primitiveText(inner))}`);
    }
  };
  visit(percentEncodeName(name), value);
  return pairs;
}
