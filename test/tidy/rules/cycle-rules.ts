import type { Repository, Violation } from '../repository.ts';
import { fileEdges, type FileEdge } from './import-rules.ts';

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
 * For each node of `starts` the shortest way back to it, by breadth-first search, if there is one;
 * ways over the same nodes are one cycle.
 */
function cycles(graph: Graph, starts: (node: string) => boolean = () => true): string[][] {
  const found = new Map<string, string[]>();
  for (const start of graph.keys()) {
    const cycle = starts(start) ? wayBack(graph, start) : undefined;
    const nodes = cycle?.toSorted().join() ?? '';
    if (cycle !== undefined && !found.has(nodes)) found.set(nodes, cycle);
  }
  return [...found.values()];
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

/** The first edge of each pair of members, to say where a circle can be cut. */
type Members = Map<string, Map<string, FileEdge>>;

/**
 * For every folder that holds both ends of an import: which of its direct members (a subfolder, or
 * a file that lies in it) imports which other.
 */
function membersByFolder(edges: readonly FileEdge[]): Map<string, Members> {
  const folders = new Map<string, Members>();
  for (const edge of edges) {
    const [from, to] = [edge.from.path.split('/'), edge.to.split('/')];
    const depth = from.findIndex((part, index) => part !== to[index]);
    const [member, other] = [from[depth], to[depth]];
    if (member === undefined || other === undefined) continue;
    const folder = from.slice(0, depth).join('/');
    const members = folders.get(folder) ?? new Map<string, Map<string, FileEdge>>();
    const targets = members.get(member) ?? new Map<string, FileEdge>();
    if (!targets.has(other)) targets.set(other, edge);
    folders.set(folder, members.set(member, targets));
  }
  return folders;
}

/** Circles between the members of one folder; those of files alone are `file-cycle`. */
function folderCycles(folder: string, members: Members): Violation[] {
  const graph = new Map([...members].map(([member, targets]) => [member, new Set(targets.keys())]));
  return cycles(graph, (member) => !member.endsWith('.ts')).map((cycle) => {
    const hops = cycle.map((member, index) => {
      const edge = members.get(member)?.get(cycle[(index + 1) % cycle.length] ?? '');
      return edge === undefined ? '' : `${edge.from.path}:${edge.edge.line} imports ${edge.to}`;
    });
    const text = `${[...cycle, cycle[0]].join(' → ')} (${hops.join('; ')})`;
    return { rule: 'folder-cycle', path: `${folder}/${cycle[0] ?? ''}`, line: 1, text };
  });
}

/** Neither files nor folders import each other in a circle, at no depth; types count as well. */
export function cycleRules({ sources }: Repository): Violation[] {
  const edges = fileEdges(sources);
  const graph = graphOf(edges.map(({ from, to }) => [from.path, to] as const));
  const files = cycles(graph).map((cycle) => ({
    rule: 'file-cycle',
    path: cycle[0] ?? '',
    line: 1,
    text: [...cycle, cycle[0]].join(' → '),
  }));
  const shipped = edges.filter(
    ({ from, to }) => from.path.startsWith('src/') && !from.isTest && to.startsWith('src/'),
  );
  const folders = [...membersByFolder(shipped)].flatMap(([folder, members]) =>
    folderCycles(folder, members),
  );
  return [...files, ...folders];
}
