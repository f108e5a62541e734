import type { GraphQLSchema } from 'graphql';
import { limits } from '../../kernel/limits.ts';
import type { ConnectorContext, ServiceDiagnostic } from '../../upstream/contract.ts';
import { fillSecretValues } from '../../upstream/fill-secret-values.ts';
import type { DocumentRules } from './check-document.ts';
import type { GraphqlConfig } from './config.ts';
import { introspectSchema, readSdl } from './load-schema.ts';
import type { ScalarSchemas } from './scalar-schemas.ts';
import { createSendOperation, type SendOperation } from './send-operation.ts';
import { createSubscribe, type ListenBounds, type Subscribe } from './subscribe.ts';

/** A GraphQL service that is ready to be asked. */
export interface GraphqlService {
  readonly schema: GraphQLSchema;
  readonly diagnostics: readonly ServiceDiagnostic[];
  readonly rules: DocumentRules;
  readonly scalars: ScalarSchemas;
  /** True when tools describe their answers. */
  readonly describesOutput: boolean;
  readonly send: SendOperation;
  readonly subscribe: Subscribe;
  /** What one subscription call may at most ask for. */
  readonly listenBounds: Required<ListenBounds>;
}

const EVENTS_DEFAULT = 10;
const DURATION_MS_DEFAULT = 30_000;

/** Reads the schema and prepares how to query it. Throws GatewayError. */
export async function loadService(
  config: GraphqlConfig,
  context: ConnectorContext,
): Promise<GraphqlService> {
  const { egress } = context;
  const secret = (name: string): Promise<string> => context.secret(name);
  const headers = async (): Promise<Record<string, string>> => {
    const filled = await fillSecretValues(config.headers ?? {}, secret);
    return Object.fromEntries(
      Object.entries(filled).map(([name, value]) => [name.toLowerCase(), value]),
    );
  };
  const common = {
    endpoint: config.endpoint,
    egress,
    headers,
    ...(config.timeoutMs === undefined ? {} : { timeoutMs: config.timeoutMs }),
  };
  const ask = createSendOperation({ ...common, bytesMax: limits.graphqlSchemaBytesMax });
  const { schema, diagnostics } =
    config.schema === undefined
      ? { schema: await introspectSchema(ask), diagnostics: [] }
      : readSdl(config.schema);
  const { subscriptions } = config;
  const listenBounds = {
    eventsMax: subscriptions?.eventsMax ?? EVENTS_DEFAULT,
    durationMs: subscriptions?.durationMs ?? DURATION_MS_DEFAULT,
  };
  return {
    schema,
    diagnostics,
    rules: {
      allowMutations: config.allowMutations ?? false,
      depthMax: config.limits?.depthMax ?? limits.graphqlDepthMax,
      aliasesMax: config.limits?.aliasesMax ?? limits.graphqlAliasesMax,
      complexityMax: config.limits?.complexityMax ?? limits.graphqlComplexityMax,
    },
    scalars: config.scalars ?? {},
    describesOutput: config.outputSchema !== 'off',
    send: createSendOperation({ ...common, bytesMax: limits.toolResponseBytesMax }),
    subscribe: createSubscribe({
      endpoint: subscriptions?.endpoint ?? config.endpoint.replace(/^http/, 'ws'),
      egress,
      headers,
      connectionParams: () => fillSecretValues(subscriptions?.connectionParams ?? {}, secret),
      ...listenBounds,
    }),
    listenBounds,
  };
}
