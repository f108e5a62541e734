import type { JSONValue } from 'json-p3';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import { boundedFilter, boundedSegments } from './bounded-segments.ts';
import { jsonP3 } from './json-p3.ts';
import { parseFilter, parseJsonPath } from './parse-json-path.ts';
import { createVisitBudget } from './visit-budget.ts';
import { walkSegments } from './walk-segments.ts';

/** A value inside a document, by the keys that lead to it from the root. */
export interface FoundNode {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/**
 * The values that a JSONPath (RFC 9535) selects, each once. Throws SyntaxError when the path is
 * not understood, RangeError when it selects or looks at too much.
 */
export function selectNodes(root: JsonObject, path: string): readonly FoundNode[] {
  const evaluation = { library: jsonP3(), budget: createVisitBudget() };
  const segments = boundedSegments(parseJsonPath(path, evaluation.budget), evaluation);
  const start = new evaluation.library.JSONPathNode(root as JSONValue, [], root as JSONValue);
  const nodes = walkSegments(segments, start, evaluation);
  const found = nodes.map(({ location, value }) => ({ path: location, value: value as Json }));
  return found.length < 2 ? found : distinct(found);
}

/**
 * True when a value meets the test of a filter, for example `$.total > 0`. Throws SyntaxError when
 * the test is not understood, RangeError when it looks at too much.
 */
export function meets(root: JsonObject, test: string): boolean {
  const evaluation = { library: jsonP3(), budget: createVisitBudget() };
  const filter = parseFilter(test, evaluation.budget);
  const { environment, expression } = boundedFilter(filter, evaluation);
  const value = root as JSONValue;
  return expression.evaluate({ environment, currentValue: value, rootValue: value });
}

const distinct = (nodes: readonly FoundNode[]): readonly FoundNode[] => [
  ...new Map(nodes.map((node) => [JSON.stringify(node.path), node])).values(),
];
