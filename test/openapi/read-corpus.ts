import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDocument } from '../../src/connectors/openapi/document/load-document.ts';
import type { JsonObject } from '../../src/kernel/json.ts';

/** One document of a folder: its root, or why it could not be read. */
export interface CorpusDocument {
  readonly name: string;
  readonly root: JsonObject | undefined;
  readonly problem: string | undefined;
  readonly readMs: number;
}

/** Reads every OpenAPI document below a folder; files that are something else are passed over. */
export function readCorpus(folder: string): readonly CorpusDocument[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|ya?ml)$/i.test(name))
    .toSorted();
  const documents: CorpusDocument[] = [];
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    if (!/["']?(swagger|openapi)["']?\s*:/.test(bytes.toString('utf8'))) continue;
    const start = performance.now();
    try {
      const { root } = loadDocument(bytes);
      documents.push({ name, root, problem: undefined, readMs: performance.now() - start });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      documents.push({ name, root: undefined, problem, readMs: performance.now() - start });
    }
  }
  return documents;
}
