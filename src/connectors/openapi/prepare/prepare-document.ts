import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { applyOverlays } from '../document/apply-overlays.ts';
import { bundleFiles } from '../document/bundle-files.ts';
import { changeTools } from './change-tools.ts';
import { compile } from '../compile/compile.ts';
import { compileComposites, usedByComposites } from '../composite/compile-composites.ts';
import type { OpenapiConfig } from './config.ts';
import { missingFiles } from '../document/missing-files.ts';
import { loadDocument, type LoadedDocument } from '../document/load-document.ts';
import type { CompiledDocument, Diagnostic } from '../model/compiled-document.ts';
import { fitTool, type Fittable } from '../profiles/fit-tool.ts';
import { operationRouter, type Exposed } from './select-operations.ts';

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
    | 'composites'
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
  const composites = config.composites ?? {};
  const isUsed = usedByComposites(composites);
  const exposedAs = new Map<string, Exposed>();
  const compiled = compile(overlaid.root, {
    toolNameLengthMax: job.toolNameLengthMax,
    descriptions: config.descriptions ?? 'auto',
    outputSchema: config.outputSchema ?? 'off',
    serverVariables: config.serverVariables ?? {},
    select: (operation) => {
      const exposed = route(operation);
      exposedAs.set(operation.id, exposed);
      return exposed !== 'exclude' || isUsed(operation);
    },
  });
  const changed = changeTools(compiled, config.tools ?? {});
  const offered = asExposed(changed, exposedAs);
  const made = compileComposites(composites, {
    operations: [...changed.operations, ...changed.hidden],
    taken: new Set(offered.operations.map(({ tool }) => tool.name)),
  });
  const { profile } = config;
  const fit = <Each extends Fittable>(each: Each): Each =>
    profile === undefined ? each : fitTool(each, profile);
  const missing = missingFiles(overlaid.root);
  const nothing = nothingOffered(overlaid.root, compiled, exposedAs.size > 0, missing);
  const read = [main, ...files.map(([, file]) => file)].flatMap(({ diagnostics }) => diagnostics);
  const { service } = compiled;
  return {
    service,
    operations: offered.operations.map(fit),
    composites: made.composites.map(fit),
    diagnostics: [
      ...nothing,
      ...missing,
      ...read,
      ...overlaid.diagnostics,
      ...offered.diagnostics,
      ...made.diagnostics,
    ],
  };
}

/**
 * Says that no operation is left. Throws GatewayError `invalid_document` when the document has
 * paths and what they lead to cannot be read.
 */
function nothingOffered(
  { paths }: JsonObject,
  { operations, diagnostics }: CompiledDocument,
  wasRead: boolean,
  missing: readonly Diagnostic[],
): readonly Diagnostic[] {
  const count = Object.keys(isJsonObject(paths) ? paths : {}).filter(isPath).length;
  if (operations.length > 0 || count === 0) return [];
  const [cause] = [...missing, ...diagnostics.filter(({ code }) => LOSSES.has(code))];
  if (!wasRead && cause !== undefined) {
    const text = `None of its ${count} paths gives an operation that can be called. ${cause.text}`;
    throw new GatewayError('invalid_document', text);
  }
  const why = wasRead ? 'the configuration leaves none of them' : 'none has an operation';
  const text = `No tool is offered: the document has ${count} paths, and ${why}.`;
  return [{ severity: 'error', code: 'no_operations', text }];
}

const LOSSES: ReadonlySet<string> = new Set([
  'unresolved_reference',
  'operation_failed',
  'invalid_operation',
  'invalid_path',
]);

const isPath = (name: string): boolean => !name.startsWith('x-');

/** Leaves out what is not offered, and marks what is for reading: only a GET without body is. */
function asExposed(
  { operations, diagnostics }: CompiledDocument,
  exposedAs: ReadonlyMap<string, Exposed>,
): Pick<CompiledDocument, 'operations' | 'diagnostics'> {
  const refused: Diagnostic[] = [];
  const offered = operations.flatMap((operation) => {
    const { method, plan, id } = operation;
    const exposed = exposedAs.get(id);
    if (exposed === 'exclude') return [];
    if (exposed !== 'resource') return [operation];
    if (method === 'GET' && plan.body === undefined) return [{ ...operation, isResource: true }];
    refused.push(notReadable(id));
    return [];
  });
  return { operations: offered, diagnostics: [...diagnostics, ...refused] };
}

const notReadable = (operation: string): Diagnostic => ({
  severity: 'error',
  code: 'not_a_resource',
  operation,
  text: `${operation} is not offered: only a GET without a body can be a resource.`,
});

const load = (document: string | JsonObject): LoadedDocument =>
  typeof document === 'string' ? loadDocument(document) : { root: document, diagnostics: [] };
