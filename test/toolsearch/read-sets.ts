import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolFields } from '../../src/search/tool-fields.ts';
import type { IndexedTool } from '../../src/search/tool-index.ts';

/** A line of `tools.jsonl`. */
export interface ToolLine {
  readonly id: string;
  readonly name: string;
  readonly server?: string;
  readonly serverDescription?: string;
  readonly category?: string;
  readonly path?: string;
  readonly description?: string;
  readonly params?: readonly { readonly name: string; readonly description?: string }[];
}

/** A line of `queries.jsonl`. */
export interface QueryLine {
  readonly id: string;
  readonly query: string;
  readonly relevant: readonly string[];
  /** Ids that count as a relevant one. */
  readonly alternatives?: Readonly<Record<string, readonly string[]>>;
  readonly split?: string;
}

/** A folder of the corpus. */
export interface ToolSet {
  readonly name: string;
  readonly tools: readonly ToolLine[];
  readonly queries: readonly QueryLine[];
  /** By the ids of queries: what a model searched for while it worked on them. */
  readonly searches: ReadonlyMap<string, readonly string[]>;
}

/** Reads every `<set>/tools.jsonl` with its `queries.jsonl` and, when there, `searches.jsonl`. */
export function readSets(folder: string): readonly ToolSet[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'tools.jsonl')))
    .toSorted()
    .map((name): ToolSet => {
      const lines = (file: string): readonly unknown[] => {
        const path = join(folder, name, file);
        if (!existsSync(path)) return [];
        const all = readFileSync(path, 'utf8').split('\n');
        return all.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line));
      };
      const searched = lines('searches.jsonl') as readonly { id: string; searches: string[] }[];
      return {
        name,
        tools: lines('tools.jsonl') as readonly ToolLine[],
        queries: lines('queries.jsonl') as readonly QueryLine[],
        searches: new Map(searched.map(({ id, searches }) => [id, searches])),
      };
    });
}

/** A tool of the corpus as the gateway indexes it. */
export function indexedTool(line: ToolLine, examples: readonly string[] = []): IndexedTool {
  const { name, server = '', serverDescription = '', category, path, description = '' } = line;
  const parameters = line.params ?? [];
  return {
    name,
    service: server,
    ...(path === undefined ? {} : { path, does: path.startsWith('GET ') ? 'read' : 'change' }),
    parameters: parameters.map((parameter) => parameter.name),
    fields: toolFields({
      name,
      path: path ?? '',
      service: server,
      serviceDescription: serverDescription,
      description,
      parameters,
      tags: category === undefined ? [] : [category],
      examples,
    }),
  };
}
