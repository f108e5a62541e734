import type { Repository, Violation } from '../repository.ts';
import { fileEdges, unitOf } from './import-rules.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** A graph from pairs; pairs of a node with itself are left out. */
function graphOf(pairs: readonly (readonly [string, string])[]): Graph {
  const graph = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    if (from === to) continue;
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets.add(to));
  }
  return graph;
}

/**
 * One cycle through each node that is on one and not on a cycle found before: the shortest way
 * back to the node, by breadth-first search.
 */
function cycles(graph: Graph): string[][] {
  const found: string[][] = [];
  const covered = new Set<string>();
  for (const start of graph.keys()) {
    if (covered.has(start)) continue;
    const cycle = wayBack(graph, start);
    if (cycle === undefined) continue;
    found.push(cycle);
    for (const node of cycle) covered.add(node);
  }
  return found;
}

function wayBack(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) {
        const way = [node];
        for (let at = node; at !== start; way.unshift(at)) at = cameFrom.get(at) ?? start;
        return way;
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

function report(rule: string, graph: Graph, pathOf: (node: string) => string): Violation[] {
  return cycles(graph).map((cycle) => ({
    rule,
    path: pathOf(cycle[0] ?? ''),
    line: 1,
    text: [...cycle, cycle[0]].join(' → '),
  }));
}

/** Neither files nor folders import each other in a circle; types count as well. */
export function cycleRules({ sources }: Repository): Violation[] {
  const edges = fileEdges(sources);
  const pairs = edges.map(({ from, to }) => [from.path, to] as const);
  const units = edges
    .filter(({ from, to }) => from.path.startsWith('src/') && !from.isTest && to.startsWith('src/'))
    .map(({ from, to }) => [unitOf(from.path), unitOf(to)] as const);
  return [
    ...report('file-cycle', graphOf(pairs), (node) => node),
    ...report('folder-cycle', graphOf(units), (node) => `src/${node}`),
  ];
}
