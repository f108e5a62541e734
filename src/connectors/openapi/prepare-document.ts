import type { JsonObject } from '../../kernel/json.ts';
import { applyOverlays } from './apply-overlays.ts';
import { bundleFiles } from './bundle-files.ts';
import { changeTools } from './change-tools.ts';
import { compile } from './compile.ts';
import type { OpenapiConfig } from './config.ts';
import { loadDocument, type LoadedDocument } from './load-document.ts';
import type { CompiledDocument, Diagnostic } from './model.ts';
import { fitOperation } from './profiles/fit-operation.ts';
import { operationRouter } from './select-operations.ts';

/** A document's text or object, and what to make of it; plain data. */
export interface DocumentJob {
  readonly document: string | JsonObject;
  readonly files: Readonly<Record<string, string | JsonObject>>;
  readonly overlays: readonly (string | JsonObject)[];
  readonly toolNameLengthMax: number;
  readonly config: Pick<
    OpenapiConfig,
    | 'include'
    | 'exclude'
    | 'routes'
    | 'outputSchema'
    | 'descriptions'
    | 'serverVariables'
    | 'tools'
    | 'profile'
  >;
}

/** Reads, bundles, compiles and changes as configured. Throws GatewayError. */
export function prepareDocument({ config, ...job }: DocumentJob): CompiledDocument {
  const main = load(job.document);
  const files = Object.entries(job.files).map(([path, file]) => [path, load(file)] as const);
  const roots = files.map(([path, { root }]) => [path, root] as const);
  const overlaid = applyOverlays(
    bundleFiles(main.root, Object.fromEntries(roots)),
    job.overlays.map((overlay) => load(overlay).root),
  );
  const route = operationRouter(config);
  const readable = new Set<string>();
  const compiled = compile(overlaid.root, {
    toolNameLengthMax: job.toolNameLengthMax,
    descriptions: config.descriptions ?? 'auto',
    outputSchema: config.outputSchema ?? 'off',
    serverVariables: config.serverVariables ?? {},
    select: (operation) => {
      const exposed = route(operation);
      if (exposed === 'resource') readable.add(operation.id);
      return exposed !== 'exclude';
    },
  });
  const changed = asResources(changeTools(compiled, config.tools ?? {}), readable);
  const { profile } = config;
  const operations =
    profile === undefined
      ? changed.operations
      : changed.operations.map((operation) => fitOperation(operation, profile));
  const read = [main, ...files.map(([, file]) => file)].flatMap(({ diagnostics }) => diagnostics);
  const diagnostics = [...read, ...overlaid.diagnostics, ...changed.diagnostics];
  return { ...changed, operations, diagnostics };
}

/** Marks the operations that are for reading; only one without effects and body can be. */
function asResources(document: CompiledDocument, readable: ReadonlySet<string>): CompiledDocument {
  if (readable.size === 0) return document;
  const refused: Diagnostic[] = [];
  const operations = document.operations.flatMap((operation) => {
    if (!readable.has(operation.id)) return [operation];
    const { method, plan, id } = operation;
    if (method === 'GET' && plan.body === undefined) return [{ ...operation, isResource: true }];
    refused.push(notReadable(id));
    return [];
  });
  return { ...document, operations, diagnostics: [...document.diagnostics, ...refused] };
}

const notReadable = (operation: string): Diagnostic => ({
  severity: 'error',
  code: 'not_a_resource',
  operation,
  text: `${operation} is not offered: only a GET without a body can be a resource.`,
});

const load = (document: string | JsonObject): LoadedDocument =>
  typeof document === 'string' ? loadDocument(document) : { root: document, diagnostics: [] };
