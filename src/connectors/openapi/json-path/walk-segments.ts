import type { JSONPathNode, JSONValue, jsonpath } from 'json-p3';
import { limits } from '../../../kernel/limits.ts';
import type { JsonP3 } from './json-p3.ts';
import type { VisitBudget } from './visit-budget.ts';

/** One segment of a path (RFC 9535 §2.5), ready to be applied. */
export interface Segment {
  /** True for two dots: it is applied to everything below a node, too. */
  readonly isDescendant: boolean;
  readonly selectors: readonly Selector[];
}

/** One selector of a segment. */
export interface Selector {
  /** True when it selects one child at most. */
  readonly isSingular: boolean;
  readonly selector: jsonpath.JSONPathSelector;
}

/** What an evaluation of a path is made with. */
export interface Evaluation {
  readonly library: JsonP3;
  readonly budget: VisitBudget;
}

/**
 * Applies the segments of a path one after the other. What a selector means is up to the library;
 * the walk is ours, so that it ends: it does not recurse, and whatever it looks at is paid for.
 * Throws RangeError when it selects or looks at too much, or goes too deep.
 */
export function walkSegments(
  segments: readonly Segment[],
  start: JSONPathNode,
  evaluation: Evaluation,
): JSONPathNode[] {
  const { budget } = evaluation;
  let nodes = [start];
  for (const { isDescendant, selectors } of segments) {
    const selected: JSONPathNode[] = [];
    const select = (node: JSONPathNode): void => {
      for (const { isSingular, selector } of selectors) {
        budget.spend(isSingular ? 1 : 1 + breadth(node));
        for (const each of selector.resolve(node)) selected.push(each);
        if (selected.length > limits.overlayNodesMax) throw new RangeError('it selects too much');
      }
    };
    for (const node of nodes) {
      if (isDescendant) visitDescendants(node, evaluation, select);
      else select(node);
    }
    nodes = selected;
  }
  return nodes;
}

/** Calls back for the node and everything below it, in document order. */
function visitDescendants(
  top: JSONPathNode,
  { library: { JSONPathNode: Node }, budget }: Evaluation,
  visit: (node: JSONPathNode) => void,
): void {
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { value, location, root } = node;
    if (location.length > limits.jsonPathDepthMax) throw new RangeError('it goes too deep');
    visit(node);
    if (typeof value !== 'object' || value === null) continue;
    const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    budget.spend(keys.length);
    // The last one pushed is visited first.
    for (const key of keys.toReversed()) {
      const child = (value as Readonly<Record<number | string, JSONValue>>)[key];
      open.push(new Node(child, location.concat(key), root));
    }
  }
}

function breadth({ value }: JSONPathNode): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}
