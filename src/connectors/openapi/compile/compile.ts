import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { createSchemaAssembler } from '../schema/assemble-schema.ts';
import { cleanText, hasInvisible } from '../text/clean-text.ts';
import { limits } from '../../../kernel/limits.ts';
import { compileOperation, type CompileContext, type WordLimits } from './compile-operation.ts';
import { detectDialect } from '../document/detect-dialect.ts';
import type {
  CompiledDocument,
  CompiledOperation,
  Diagnostic,
  ServiceDescription,
} from '../model/compiled-document.ts';
import type { OperationSource } from '../model/operation-source.ts';
import { listOperations, readOperation, type OperationEntry } from '../document/read-operations.ts';
import { readSecuritySchemes } from '../document/read-security.ts';
import { readServers, readServers2, type ServerVariables } from '../document/read-servers.ts';
import { createSchemaCompiler } from '../schema/schema-compiler.ts';
import { openSourceDocument, type SourceDocument } from '../document/source-document.ts';
import { toolNames, type NameSource } from './tool-names.ts';

/** How a document is compiled. */
export interface CompileOptions {
  /** Longest tool name; shorter than a provider's limit when names get a prefix. */
  readonly toolNameLengthMax?: number;
  readonly toolSchemaBytesMax?: number;
  /** `relaxed` describes answers without ever refusing one; `off` keeps lists small. */
  readonly outputSchema?: 'off' | 'relaxed';
  /** `auto` keeps them short in a large API, where they would fill a model's context. */
  readonly descriptions?: 'auto' | 'full' | 'short';
  readonly serverVariables?: ServerVariables;
  /** Keeps an operation when it returns true. */
  readonly select?: (operation: OperationSource) => boolean;
}

const TITLE_CHARACTERS = 200;
const DESCRIPTION_CHARACTERS = 4_000;

/**
 * Compiles an OpenAPI document of any generation (2.0, 3.0, 3.1, 3.2) into tools and request
 * plans. An operation that cannot be compiled costs only itself and leaves a diagnostic. Throws
 * GatewayError `invalid_document` when there is no usable document at all.
 */
export function compile(root: JsonObject, options: CompileOptions = {}): CompiledDocument {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const dialect = detectDialect(root, report);
  const document = openSourceDocument(root, dialect, report);
  const entries = listOperations(document);
  // Names are given to all operations, so that a selection does not change them.
  const names = toolNames(entries.map(nameSource), options.toolNameLengthMax);
  const sources = readAll(document, entries, options, report);
  const words = wordLimits(sources.length, options.descriptions ?? 'auto');
  const compiler = createSchemaCompiler(document, words.schema);
  const context: CompileContext = {
    document,
    compiler,
    assemble: createSchemaAssembler(compiler, options.toolSchemaBytesMax),
    outputSchema: options.outputSchema ?? 'off',
    words,
  };
  const operations: CompiledOperation[] = [];
  for (const source of sources) {
    isolated(source.id, report, () => {
      flagInvisible(source, report);
      operations.push(compileOperation(source, names.get(source.id) ?? source.id, context));
    });
  }
  return { service: describeService(document, options), operations, diagnostics };
}

function wordLimits(tools: number, wanted: 'auto' | 'full' | 'short'): WordLimits {
  const short =
    wanted === 'auto' ? tools > limits.toolsWithFullDescriptionsMax : wanted === 'short';
  return short
    ? {
        tool: limits.shortToolDescriptionCharactersMax,
        schema: limits.shortSchemaDescriptionCharactersMax,
      }
    : { tool: limits.toolDescriptionCharactersMax, schema: limits.schemaDescriptionCharactersMax };
}

function nameSource({ id, method, path, object }: OperationEntry): NameSource {
  const operationId = object['operationId'];
  return {
    id,
    method,
    path,
    operationId: typeof operationId === 'string' ? operationId : undefined,
  };
}

function readAll(
  document: SourceDocument,
  entries: readonly OperationEntry[],
  options: CompileOptions,
  report: (diagnostic: Diagnostic) => void,
): readonly OperationSource[] {
  const sources: OperationSource[] = [];
  for (const entry of entries) {
    isolated(entry.id, report, () => {
      const source = readOperation(document, entry, options.serverVariables ?? {});
      if (options.select === undefined || options.select(source)) sources.push(source);
    });
  }
  return sources;
}

function isolated(id: string, report: (diagnostic: Diagnostic) => void, run: () => void): void {
  try {
    run();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    report({
      severity: 'error',
      code: 'operation_failed',
      operation: id,
      text: `${id} cannot be offered: ${problem.slice(0, 300)}`,
    });
  }
}

function flagInvisible(source: OperationSource, report: (diagnostic: Diagnostic) => void): void {
  const texts = [
    source.summary,
    source.description,
    ...source.parameters.map((it) => it.description),
  ];
  if (!texts.some((text) => text !== undefined && hasInvisible(text))) return;
  report({
    severity: 'warning',
    code: 'invisible_text',
    operation: source.id,
    text: `Texts of ${source.id} held characters that a reader cannot see; they were removed.`,
  });
}

function describeService(document: SourceDocument, options: CompileOptions): ServiceDescription {
  const { root, dialect } = document;
  const info = isJsonObject(root['info']) ? root['info'] : {};
  const { title, version, description, summary } = info as Record<string, unknown>;
  const words = typeof description === 'string' ? description : summary;
  const variables = options.serverVariables ?? {};
  const servers =
    dialect === '2.0'
      ? readServers2(document, variables)
      : (readServers(document, root['servers'], variables) ?? [{ url: '/' }]);
  return {
    title: cleanText(typeof title === 'string' ? title : 'API', TITLE_CHARACTERS),
    version: typeof version === 'string' || typeof version === 'number' ? String(version) : '',
    description: typeof words === 'string' ? cleanText(words, DESCRIPTION_CHARACTERS) : undefined,
    dialect,
    servers,
    securitySchemes: readSecuritySchemes(document),
  };
}
