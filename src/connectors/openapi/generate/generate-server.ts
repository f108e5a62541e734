import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { silentLog } from '../../../kernel/log.ts';
import type { Egress } from '../../../kernel/egress.ts';
import type { OpenapiConfig } from '../prepare/config.ts';
import { createDocumentCache } from '../prepare/document-cache.ts';
import { loadService } from '../prepare/load-service.ts';
import type { OpenapiService } from '../call/make-service.ts';
import type { CompiledOperation, Diagnostic } from '../model/compiled-document.ts';
import { createOriginBreakers } from '../call/origin-breakers.ts';
import { ejectedSettings } from './ejected-settings.ts';
import { emitIndex, emitOperation } from './emit-operation.ts';
import { identifiers } from './identifiers.ts';
import { projectFiles } from './project-files.ts';
import { sourceFiles } from './source-files.ts';
import { callerOf } from '../../../upstream/upstream.ts';

/** A standalone MCP server as the files of a project. */
export interface GeneratedServer {
  readonly name: string;
  readonly tools: number;
  readonly diagnostics: readonly Diagnostic[];
  /** Text by path; paths have slashes and stay in the project's folder. */
  readonly files: ReadonlyMap<string, string>;
}

/** How a server is generated. */
export interface GenerateOptions {
  /** Name of the project; long tool names are cut as for a service with this name. */
  readonly name: string | undefined;
  /** For a document that is read from its address. */
  readonly egress: Egress;
}

/**
 * Writes a standalone MCP server for the document of a configuration. Documents are read and
 * compiled as for a service; what comes from them is data. Throws GatewayError.
 */
export async function generateServer(
  config: OpenapiConfig,
  { name: requestedName, egress }: GenerateOptions,
): Promise<GeneratedServer> {
  const service = await load(config, requestedName ?? '', egress);
  const { operations, composites = [], diagnostics } = service.document;
  const { document } = service;
  if (operations.length === 0) {
    throw new GatewayError('invalid_document', 'The document has no operation to call.');
  }
  const { settings, credentials, variables } = await ejectedSettings(config, document);
  const name = requestedName ?? projectName(document.service.title);
  const { documentUrl } = service.base;
  const callable = [...service.byName.values(), ...composites].map(({ tool }) => tool);
  const names = identifiers(callable.map((tool) => tool.name));
  const modules = callable.map((tool) => emitOperation(tool, names.get(tool.name) ?? tool.name));
  const data = { name, documentUrl, settings, credentials, service: document.service };
  const isWhole = config.exposure === 'resources';
  const isPlaced = canBePlaced(service);
  const files = new Map([
    ...projectFiles({ name, tools: callable.length, isPlaced, variables }),
    ...sourceFiles(),
    ...modules.map(({ functionName, text }) => [operationPath(functionName), text] as const),
    [operationPath('index'), emitIndex(modules)] as const,
    ['data/service.json', `${JSON.stringify(data, null, 2)}\n`] as const,
    ['data/tools.json', lines(operations.map(({ tool }) => tool))] as const,
    ['data/operations.json', lines(operations.map(withoutTool))] as const,
    ['data/composites.json', lines(composites)] as const,
    ...(isWhole ? [['data/document.txt', service.source()] as const] : []),
  ]);
  return { name, tools: callable.length, diagnostics, files };
}

function load(config: OpenapiConfig, slug: string, egress: Egress): Promise<OpenapiService> {
  const unknown = (name: string): Promise<never> =>
    Promise.reject(
      new GatewayError('invalid_configuration', `The secret "${name}" is not known here.`),
    );
  const context = {
    serviceId: 'generate',
    caller: callerOf('ten_1', 'service'),
    slug,
    signal: new AbortController().signal,
    egress,
    secret: unknown,
    log: silentLog,
    changed: () => {},
    // Nothing is repeated in the short time that it takes.
    repeat: () => ({ [Symbol.dispose]: () => {} }),
  };
  return loadService(config, context, {
    origins: createOriginBreakers(() => {}),
    cache: createDocumentCache(),
  });
}

function canBePlaced({ base }: OpenapiService): boolean {
  const url = base.baseUrl ?? base.mainServer?.url ?? '/';
  return /^https?:/i.test(url) || base.documentUrl !== undefined;
}

const operationPath = (name: string): string => `src/operations/${name}.ts`;

const withoutTool = (operation: CompiledOperation): object => ({ ...operation, tool: undefined });

/** A list as JSON with one item per line. */
const lines = (items: readonly object[]): string =>
  `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]\n`;

function projectName(title: string): string {
  const words = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const name = words.slice(0, limits.slugLengthMax).replace(/^-+|-+$/g, '');
  return name === '' ? 'api-server' : name;
}
