import { Kind, separateOperations, type OperationDefinitionNode } from 'graphql';
import { GatewayError } from '../../kernel/errors.ts';
import type { ServedTool } from '../../upstream/tool-server.ts';
import { DocumentError, parseDocument, refuseInvalid, refuseMutation } from './check-document.ts';
import type { GraphqlConfig } from './config.ts';
import { operationTool, type ToolSource } from './operation-tool.ts';
import type { GraphqlService } from './service.ts';

interface DocumentSource {
  /** Where it stands in the configuration. */
  readonly field: string;
  readonly text: string;
  readonly description?: string | undefined;
  readonly persisted?: ToolSource['persisted'];
}

/**
 * The tools of the configured operations: one for each named operation of each document.
 * Throws GatewayError `invalid_configuration` that names the document and what is wrong with it.
 */
export function configuredTools(
  config: GraphqlConfig,
  service: GraphqlService,
): readonly ServedTool[] {
  return documentsOf(config).flatMap((source) => {
    try {
      return toolsOf(source, service);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw invalid(source, error.message);
    }
  });
}

function documentsOf(config: GraphqlConfig): readonly DocumentSource[] {
  const written = (config.operations ?? []).map(({ document, description }, index) => ({
    field: `operations.${index}`,
    text: document,
    description,
  }));
  const { protocol = 'apollo', operations = [] } = config.persistedQueries ?? {};
  const persisted = operations.map(({ id, body }, index) => ({
    field: `persistedQueries.operations.${index}`,
    text: body,
    persisted:
      protocol === 'documentId'
        ? { documentId: id }
        : { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
  }));
  return [...written, ...persisted];
}

function toolsOf(source: DocumentSource, service: GraphqlService): readonly ServedTool[] {
  const document = parseDocument(source.text);
  refuseInvalid(service.schema, document);
  const separated = Object.entries(separateOperations(document));
  if (separated.length === 0) throw new DocumentError('holds no operation.');
  if (source.persisted !== undefined && separated.length > 1) {
    throw new DocumentError('holds several operations; a persisted one stands alone.');
  }
  return separated.map(([name, only]) => {
    const operation = only.definitions.find((it) => it.kind === Kind.OPERATION_DEFINITION);
    if (name === '' || operation === undefined) {
      throw new DocumentError('has an operation without a name; its name becomes the tool.');
    }
    refuseMutation(operation, service.rules.allowMutations);
    const description = separated.length === 1 ? source.description : undefined;
    return operationTool(toolSource(name, source, only, operation, description), service);
  });
}

function toolSource(
  name: string,
  source: DocumentSource,
  document: ToolSource['document'],
  operation: OperationDefinitionNode,
  description: string | undefined,
): ToolSource {
  const persisted = source.persisted === undefined ? {} : { persisted: source.persisted };
  return { name, description, document, operation, ...persisted };
}

function invalid(source: DocumentSource, problem: string): GatewayError {
  return new GatewayError(
    'invalid_configuration',
    `config.${source.field}: the document ${problem}`,
  );
}
