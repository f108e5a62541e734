import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ConnectorContext, ServiceDiagnostic } from '../../upstream/contract.ts';
import { createToolServer, type ServedTool, type ToolServer } from '../../upstream/tool-server.ts';
import type { GraphqlConfig } from './config.ts';
import { configuredTools } from './configured-tools.ts';
import { fieldTools } from './field-tools.ts';
import { searchTools } from './search-tools.ts';
import { loadService, type GraphqlService } from './service.ts';

/** The tools of a GraphQL service, ready to answer. */
export interface GraphqlServer extends ToolServer {
  /** What the schema says of itself. */
  readonly instructions: string | undefined;
  /** What was tolerated in the schema. */
  readonly diagnostics: readonly ServiceDiagnostic[];
}

/** Reads the schema and makes the tools of the configuration. Throws GatewayError. */
export async function openGraphqlServer(
  config: GraphqlConfig,
  context: ConnectorContext,
): Promise<GraphqlServer> {
  const service = await loadService(config, context);
  const { answer } = createToolServer(toolsOf(config, service));
  const { schema, diagnostics } = service;
  const shown = diagnostics.slice(0, limits.documentDiagnosticsMax);
  return { answer, instructions: schema.description ?? undefined, diagnostics: shown };
}

function toolsOf(config: GraphqlConfig, service: GraphqlService): readonly ServedTool[] {
  const configured = configuredTools(config, service);
  const fields = config.fields === undefined ? [] : fieldTools(config.fields, service);
  const offersNothing = configured.length === 0 && fields.length === 0;
  const search = (config.search ?? offersNothing) ? searchTools(service) : [];
  const tools = [...configured, ...fields, ...search];
  const names = tools.map(({ definition }) => definition.name);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return tools;
  const text = `Two operations of this service are named ${twice}; rename one.`;
  throw new GatewayError('invalid_configuration', text);
}
