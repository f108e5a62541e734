import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import {
  parseFilter,
  parseJsonPath,
  type Filter,
  type Operand,
  type Step,
} from './parse-json-path.ts';

/** A value inside a document, by the keys that lead to it from the root. */
export interface FoundNode {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/**
 * The values that a JSONPath (RFC 9535, without functions and slices) selects, in document order.
 * Throws SyntaxError when the path is not understood, RangeError when it selects too much.
 */
export function selectNodes(root: JsonObject, path: string): readonly FoundNode[] {
  let nodes: readonly FoundNode[] = [{ path: [], value: root }];
  for (const step of parseJsonPath(path)) {
    const next: FoundNode[] = [];
    for (const node of nodes) {
      for (const start of step.deep ? descendants(node) : [node])
        next.push(...apply(step, start, root));
      if (next.length > limits.overlayNodesMax) throw new RangeError('it selects too much');
    }
    nodes = unique(next);
  }
  return nodes;
}

/** True when a value meets the test of a filter, for example `$.total > 0`. Throws SyntaxError. */
export function meets(root: JsonObject, test: string): boolean {
  return holds(parseFilter(test), root, root);
}

function unique(nodes: readonly FoundNode[]): readonly FoundNode[] {
  return [...new Map(nodes.map((node) => [JSON.stringify(node.path), node])).values()];
}

function* descendants(node: FoundNode): Generator<FoundNode> {
  yield node;
  for (const child of children(node)) yield* descendants(child);
}

function children({ path, value }: FoundNode): readonly FoundNode[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((inner, at) => ({ path: [...path, at], value: inner }));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([key, inner]) => ({ path: [...path, key], value: inner }));
}

function apply({ selectors }: Step, node: FoundNode, root: Json): readonly FoundNode[] {
  return selectors.flatMap((selector) => {
    if (typeof selector === 'object') {
      if (selector.kind === 'all') return children(node);
      return children(node).filter(({ value }) => holds(selector, value, root));
    }
    const child = childOf(node.value, selector);
    if (child === undefined) return [];
    const fromEnd = Array.isArray(node.value) && typeof selector === 'number' && selector < 0;
    const key = fromEnd ? node.value.length + selector : selector;
    return [{ path: [...node.path, key], value: child }];
  });
}

function childOf(value: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(value)) {
    return typeof key === 'number' ? (value as readonly Json[]).at(key) : undefined;
  }
  if (!isJsonObject(value) || typeof key !== 'string') return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function holds(filter: Filter, value: Json, root: Json): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.parts.every((part) => holds(part, value, root));
    case 'or':
      return filter.parts.some((part) => holds(part, value, root));
    case 'not':
      return !holds(filter.part, value, root);
    case 'exists':
      return valueOf(filter.operand, value, root) !== undefined;
    case 'compare': {
      const { sign, left, right } = filter;
      return compares(sign, valueOf(left, value, root), valueOf(right, value, root));
    }
  }
}

function valueOf(operand: Operand, value: Json, root: Json): Json | undefined {
  if (operand.kind === 'literal') return operand.value;
  const start = operand.fromRoot ? root : value;
  return operand.keys.reduce<Json | undefined>((inner, key) => childOf(inner, key), start);
}

function compares(sign: string, left: Json | undefined, right: Json | undefined): boolean {
  const same = JSON.stringify(left) === JSON.stringify(right);
  if (sign === '==') return same;
  if (sign === '!=') return !same;
  const comparable =
    (typeof left === 'number' && typeof right === 'number') ||
    (typeof left === 'string' && typeof right === 'string');
  if (!comparable) return same && sign.endsWith('=');
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}
