import type { JsonObject } from '../../kernel/json.ts';
import { bundleFiles } from './bundle-files.ts';
import { changeTools } from './change-tools.ts';
import { compile } from './compile.ts';
import type { OpenapiConfig } from './config.ts';
import { loadDocument, type LoadedDocument } from './load-document.ts';
import type { CompiledDocument } from './model.ts';
import { operationSelector } from './select-operations.ts';

/** A document's text or object, and what to make of it; plain data. */
export interface DocumentJob {
  readonly document: string | JsonObject;
  readonly files: Readonly<Record<string, string | JsonObject>>;
  readonly toolNameLengthMax: number;
  readonly config: Pick<
    OpenapiConfig,
    'include' | 'exclude' | 'outputSchema' | 'descriptions' | 'serverVariables' | 'tools'
  >;
}

/** Reads, bundles, compiles and changes as configured. Throws GatewayError. */
export function prepareDocument({ config, ...job }: DocumentJob): CompiledDocument {
  const main = load(job.document);
  const files = Object.entries(job.files).map(([path, file]) => [path, load(file)] as const);
  const roots = files.map(([path, { root }]) => [path, root] as const);
  const compiled = compile(bundleFiles(main.root, Object.fromEntries(roots)), {
    toolNameLengthMax: job.toolNameLengthMax,
    descriptions: config.descriptions ?? 'auto',
    outputSchema: config.outputSchema ?? 'off',
    serverVariables: config.serverVariables ?? {},
    select: operationSelector(config),
  });
  const changed = changeTools(compiled, config.tools ?? {});
  const read = [main, ...files.map(([, file]) => file)].flatMap(({ diagnostics }) => diagnostics);
  return { ...changed, diagnostics: [...read, ...changed.diagnostics] };
}

const load = (document: string | JsonObject): LoadedDocument =>
  typeof document === 'string' ? loadDocument(document) : { root: document, diagnostics: [] };
