import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import { createToolSearch } from '../../src/connectors/openapi/surface/tool-search.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { githubDocument } from './github-document.ts';
import type { CorpusDocument } from './read-corpus.ts';
import { createTextIndex, type IndexedField } from '../../src/search/text-index.ts';

/** A question and the ids of what answers it; none when nothing does. */
export interface LabelledQuery {
  readonly query: string;
  readonly relevant: readonly string[];
}

/** Things to find, and questions about them. */
export interface SearchSet {
  readonly name: string;
  readonly ids: readonly string[];
  /** Builds the search; what it finds are ids, the best first. */
  open(): (query: string) => readonly string[];
  readonly queries: readonly LabelledQuery[];
  /** Questions that nothing here answers. */
  readonly unsatisfiable: readonly string[];
}

/** How well a set's questions were answered. */
export interface SearchScore {
  readonly name: string;
  readonly size: number;
  readonly queries: number;
  /** Questions whose first answer, or one of whose first five, is right. */
  readonly first: number;
  readonly five: number;
  /** Share of what is relevant that is among the first five, averaged. */
  readonly recall: number;
  readonly unsatisfiable: number;
  /** Unsatisfiable questions that were answered all the same. */
  readonly answered: number;
  readonly buildMs: number;
  readonly queryMs: number;
}

/** Asks every question of a set. */
export function scoreSearch({ name, ids, open, queries, unsatisfiable }: SearchSet): SearchScore {
  const start = performance.now();
  const find = open();
  const built = performance.now();
  let [first, five, recall] = [0, 0, 0];
  for (const { query, relevant } of queries) {
    const found = find(query).slice(0, 5);
    if (relevant.includes(found[0] ?? '')) first += 1;
    const right = relevant.filter((id) => found.includes(id)).length;
    if (right > 0) five += 1;
    recall += right / relevant.length;
  }
  const answered = unsatisfiable.filter((query) => find(query).length > 0).length;
  const asked = queries.length + unsatisfiable.length;
  return {
    name,
    size: ids.length,
    queries: queries.length,
    first,
    five,
    recall: recall / Math.max(1, queries.length),
    unsatisfiable: unsatisfiable.length,
    answered,
    buildMs: built - start,
    queryMs: (performance.now() - built) / Math.max(1, asked),
  };
}

/** The set of a document's operations, found as the mode `search` finds them. */
export function documentSet(
  name: string,
  root: JsonObject,
  queries: readonly LabelledQuery[],
  unsatisfiable: readonly string[] = [],
): SearchSet {
  const { operations } = compile(root);
  const byOperationId = new Map(operations.map(({ operationId, id }) => [operationId ?? id, id]));
  return {
    name,
    ids: operations.map(({ id }) => id),
    open() {
      const find = createToolSearch(operations);
      return (query) => find(query).flatMap((tool) => ('id' in tool ? [tool.id] : []));
    },
    queries: queries.map(({ query, relevant }) => ({
      query,
      relevant: relevant.map((id) => byOperationId.get(id) ?? id),
    })),
    unsatisfiable,
  };
}

/** Documents that have questions of their own in `search-queries`. */
const OWN_QUERIES: Readonly<Record<string, string>> = {
  'stripe-spec3.json': 'stripe',
  'asana.yaml': 'asana',
  'twilio_verify_v2.yaml': 'verify',
};

/** GitHub's document, and those of the corpus that have questions of their own. */
export function ownSets(documents: readonly CorpusDocument[]): readonly SearchSet[] {
  const others = documents.flatMap((document) => {
    const queries = OWN_QUERIES[document.name];
    return queries === undefined || document.root === undefined
      ? []
      : [ownSet(queries, document.root)];
  });
  return [ownSet('github', githubDocument()), ...others];
}

/** Lines of `question | operationId, operationId`; nothing answers a question without ids. */
function ownSet(name: string, root: JsonObject): SearchSet {
  const lines = readFileSync(new URL(`./search-queries/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const all = lines.map((line): LabelledQuery => {
    const [query = '', ids = ''] = line.split('|').map((part) => part.trim());
    return { query, relevant: ids === '' ? [] : ids.split(/,\s*/) };
  });
  return documentSet(
    name,
    root,
    all.filter(({ relevant }) => relevant.length > 0),
    all.filter(({ relevant }) => relevant.length === 0).map(({ query }) => query),
  );
}

/** Reads `<api>_oas.json` with the questions of `<api>.json` (`query`, `solution`). */
export function readRestBench(folder: string): readonly SearchSet[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const apis = readdirSync(folder).flatMap((name) => /^(.+)_oas\.json$/.exec(name)?.[1] ?? []);
  const asked = apis.map((api) => {
    const all = read(`${api}.json`) as readonly { query: string; solution: readonly string[] }[];
    return all.map(({ query, solution }) => ({ query, relevant: solution }));
  });
  return apis.map((api, at) => {
    const others = asked.filter((_, other) => other !== at).flat();
    return documentSet(
      `restbench ${api}`,
      read(`${api}_oas.json`) as JsonObject,
      asked[at] ?? [],
      others.map(({ query }) => query),
    );
  });
}

interface ToolLine {
  readonly id: string;
  readonly name: string;
  readonly server?: string;
  readonly serverDescription?: string;
  readonly path?: string;
  readonly description?: string;
  readonly params?: readonly { readonly name: string; readonly description?: string }[];
}

interface QueryLine {
  readonly query: string;
  readonly relevant: readonly string[];
  readonly alternatives?: Readonly<Record<string, readonly string[]>>;
}

/** Reads every `<set>/tools.jsonl` with its `queries.jsonl`. */
export function readToolSets(folder: string): readonly SearchSet[] {
  const lines = (path: string): readonly unknown[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  return readdirSync(folder)
    .filter((set) => existsSync(join(folder, set, 'tools.jsonl')))
    .map((set): SearchSet => {
      const tools = lines(join(folder, set, 'tools.jsonl')) as readonly ToolLine[];
      const queries = lines(join(folder, set, 'queries.jsonl')) as readonly QueryLine[];
      return {
        name: `tools ${set}`,
        ids: tools.map(({ id }) => id),
        open() {
          const index = createTextIndex(tools.map(fieldsOf));
          return (query) => index.search(query, 5).map(({ at }) => tools[at]?.id ?? '');
        },
        queries: queries.map(({ query, relevant, alternatives = {} }) => ({
          query,
          relevant: [...relevant, ...Object.values(alternatives).flat()],
        })),
        unsatisfiable: [],
      };
    });
}

const fieldsOf = ({
  name,
  server,
  path = '',
  description = '',
  params = [],
}: ToolLine): readonly IndexedField[] => [
  { text: name, weight: 2, isName: true },
  { text: path, weight: 1.5 },
  { text: server ?? '', weight: 1 },
  { text: description, weight: 2 },
  { text: params.map((it) => it.name).join(' '), weight: 0.8 },
  { text: params.map((it) => it.description ?? '').join(' '), weight: 0.3 },
];
