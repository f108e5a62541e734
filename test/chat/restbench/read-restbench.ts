import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../../src/kernel/json.ts';

/** The APIs of RestBench, by the names of their files. */
export const APIS = ['tmdb', 'spotify'] as const;
export type ApiName = (typeof APIS)[number];

/** One question and the operations that answer it, in order: `GET /search/movie`. */
export interface GoldPath {
  readonly id: string;
  readonly api: ApiName;
  readonly query: string;
  readonly operations: readonly string[];
}

/** What a folder in the format of RestBench holds. */
export interface RestBench {
  readonly documents: Readonly<Record<ApiName, JsonObject>>;
  readonly paths: readonly GoldPath[];
  /** Questions left out because they name an operation that the document lacks. */
  readonly leftOut: readonly string[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Reads documents and gold call paths. Throws when a file is missing or of another shape. */
export function readRestBench(folder: string): RestBench {
  const read = (file: string): Json => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
  const document = (api: ApiName): JsonObject => {
    const found = read(`${api}_oas.json`);
    if (!isJsonObject(found)) throw new Error(`${api}_oas.json is no OpenAPI document`);
    return found;
  };
  const documents = { tmdb: document('tmdb'), spotify: document('spotify') };
  const paths: GoldPath[] = [];
  const leftOut: string[] = [];
  for (const api of APIS) {
    const known = new Set(operationsOf(documents[api]));
    const asked = read(`${api}.json`) as { query: string; solution: string[] }[];
    for (const [at, { query, solution }] of asked.entries()) {
      const operations = solution.map((one) => one.trim());
      const missing = operations.find((one) => !known.has(one));
      const path = { id: `${api}-${at}`, api, query, operations };
      if (missing === undefined) paths.push(path);
      else leftOut.push(`${path.id}: ${missing} is not in the document`);
    }
  }
  return { documents, paths, leftOut };
}

/** `GET /search/movie` and so on. */
export function operationsOf(document: JsonObject): readonly string[] {
  return Object.entries((document['paths'] ?? {}) as JsonObject).flatMap(([path, item]) =>
    Object.keys(isJsonObject(item) ? item : {})
      .filter((method) => METHODS.includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}
