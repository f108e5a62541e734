import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { indexDerived, type DerivedSchemas } from './index-derived.ts';
import type { Diagnostic } from '../model/compiled-document.ts';
import type { Dialect } from '../model/operation-source.ts';

/** Where a reference leads: the value, and the pointer that names it. */
export interface Target {
  readonly pointer: string;
  readonly value: Json;
}

/** A document with its references resolvable; nothing outside the document is ever read. */
export interface SourceDocument {
  readonly root: JsonObject;
  readonly dialect: Dialect;
  /** The place a `$ref` names, or undefined when nothing is there. */
  resolve(reference: string, scope?: Json): Target | undefined;
  /** Like `resolve`, through references to references; undefined when they never end. */
  resolveChain(reference: string, scope?: Json): Target | undefined;
  /** The object itself, or what its chain of `$ref` leads to; undefined when it leads nowhere. */
  follow(value: Json | undefined): JsonObject | undefined;
  /** The components that are this schema and more; found when first asked for. */
  derived(schema: JsonObject): DerivedSchemas;
  report(diagnostic: Diagnostic): void;
}

const CHAIN_MAX = 64;
const ANCHOR_DEPTH_MAX = 64;

/** Wraps a document for reading. */
export function openSourceDocument(
  root: JsonObject,
  dialect: Dialect,
  report: (diagnostic: Diagnostic) => void,
): SourceDocument {
  const found = new Map<string, Target | undefined>();
  let anchors: ReadonlyMap<string, Target> | undefined;

  const inRoot = (reference: string): Target | undefined => {
    if (found.has(reference)) return found.get(reference);
    let target = byPointer(root, reference);
    if (target === undefined) {
      anchors ??= indexAnchors(root);
      target = byAnchor(anchors, reference);
    }
    found.set(reference, target);
    return target;
  };

  const resolve = (reference: string, scope?: Json): Target | undefined => {
    const target = inRoot(reference);
    if (target !== undefined || scope === undefined) return target;
    // Some generators point into the schema at hand instead of the document.
    const local = byPointer(scope, reference);
    return local === undefined ? undefined : { value: local.value, pointer: '' };
  };

  const resolveChain = (reference: string, scope?: Json): Target | undefined => {
    let target = resolve(reference, scope);
    for (let step = 0; step < CHAIN_MAX; step += 1) {
      const next = target === undefined ? undefined : onlyReference(target.value);
      if (next === undefined) return target;
      target = resolve(next, scope);
    }
    return undefined;
  };

  const follow = (value: Json | undefined): JsonObject | undefined => {
    let current: Json | undefined = value;
    for (let step = 0; step < CHAIN_MAX; step += 1) {
      if (!isJsonObject(current)) return undefined;
      const reference = current['$ref'];
      if (typeof reference !== 'string') return current;
      current = inRoot(reference)?.value;
    }
    return undefined;
  };

  let index: ReadonlyMap<JsonObject, DerivedSchemas> | undefined;
  const derived = (schema: JsonObject): DerivedSchemas => {
    index ??= indexDerived(root, follow);
    return index.get(schema) ?? new Map();
  };

  return { root, dialect, resolve, resolveChain, follow, derived, report };
}

/** The reference of a value that is nothing else. */
function onlyReference(value: Json): string | undefined {
  if (!isJsonObject(value) || typeof value['$ref'] !== 'string') return undefined;
  return Object.keys(value).length === 1 ? value['$ref'] : undefined;
}

function byPointer(root: Json, reference: string): Target | undefined {
  const hash = reference.startsWith('#');
  if (!hash) return undefined;
  const fragment = reference.slice(1);
  if (fragment !== '' && !fragment.startsWith('/')) return undefined;
  let value: Json | undefined = root;
  const tokens = fragment === '' ? [] : fragment.slice(1).split('/');
  for (const token of tokens) {
    value = member(value, token);
    if (value === undefined) return undefined;
  }
  return { pointer: `#${tokens.map((token) => `/${normal(token)}`).join('')}`, value };
}

function member(value: Json | undefined, token: string): Json | undefined {
  for (const name of new Set([unescape(decode(token)), unescape(token)])) {
    if (Array.isArray(value)) {
      if (/^(0|[1-9]\d{0,8})$/.test(name)) return value[Number(name)] as Json | undefined;
    } else if (isJsonObject(value) && Object.hasOwn(value, name)) {
      return value[name];
    }
  }
  return undefined;
}

const normal = (token: string): string =>
  unescape(decode(token)).replaceAll('~', '~0').replaceAll('/', '~1');

const unescape = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function decode(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function byAnchor(anchors: ReadonlyMap<string, Target>, reference: string): Target | undefined {
  const exact = anchors.get(reference);
  if (exact !== undefined) return exact;
  const hash = reference.indexOf('#');
  if (hash <= 0) return undefined;
  const base = anchors.get(reference.slice(0, hash));
  if (base === undefined) return undefined;
  const inner = byPointer(base.value, reference.slice(hash));
  if (inner === undefined) return undefined;
  return { pointer: `${base.pointer}${inner.pointer.slice(1)}`, value: inner.value };
}

/** `$anchor`, `$dynamicAnchor`, `$id` and `$self`, as references spell them. */
function indexAnchors(root: JsonObject): ReadonlyMap<string, Target> {
  const index = new Map<string, Target>();
  const add = (key: string, target: Target): void => {
    if (!index.has(key)) index.set(key, target);
  };
  if (typeof root['$self'] === 'string') add(root['$self'], { pointer: '#', value: root });
  const visit = (value: Json | undefined, pointer: string, depth: number): void => {
    if (depth > ANCHOR_DEPTH_MAX || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((item: Json, at) => visit(item, `${pointer}/${at}`, depth + 1));
      return;
    }
    const object = value as JsonObject;
    const target = { pointer, value: object };
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = object[keyword];
      if (typeof anchor === 'string') add(`#${anchor}`, target);
    }
    const id = object['$id'];
    if (typeof id === 'string') add(id.replace(/#$/, ''), target);
    for (const [key, inner] of Object.entries(object)) {
      if (key === 'example' || key === 'examples' || key.startsWith('x-')) continue;
      visit(inner, `${pointer}/${normal(encodeURIComponent(key))}`, depth + 1);
    }
  };
  visit(root['components'], '#/components', 0);
  return index;
}
