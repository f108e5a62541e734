import {
  buildClientSchema,
  buildASTSchema,
  parse,
  type DocumentNode,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import type { ServiceDiagnostic } from '../../upstream/contract.ts';
import { completeSdl, type CompleteSdl } from './complete-sdl.ts';
import type { SendOperation } from './send-operation.ts';

/** Newest first: a server that does not know a part of the question refuses all of it. */
const QUESTIONS = [
  { specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true },
  { specifiedByUrl: true, inputValueDeprecation: true },
  {},
] as const;

/** A schema, and what was tolerated in it. */
export interface LoadedSchema {
  readonly schema: GraphQLSchema;
  readonly diagnostics: readonly ServiceDiagnostic[];
}

/** Builds the schema from SDL. Throws GatewayError `invalid_document`. */
export const schemaFromSdl = (sdl: string): GraphQLSchema => readSdl(sdl).schema;

/** Builds the schema from SDL and says what it lacks. Throws GatewayError `invalid_document`. */
export function readSdl(sdl: string): LoadedSchema {
  const { document, scalars } = parsed(sdl);
  const schema = built(document);
  const diagnostics = scalars.map((name): ServiceDiagnostic => ({
    severity: 'warning',
    code: 'unknown_scalar',
    text: `The schema does not define "${name}"; it is taken as a scalar of any value.`,
  }));
  return { schema, diagnostics };
}

function parsed(sdl: string): CompleteSdl {
  try {
    return completeSdl(parse(sdl, { noLocation: true }));
  } catch (cause) {
    throw unusable(cause);
  }
}

function built(document: DocumentNode): GraphQLSchema {
  try {
    // Foreign directives (federation, code generation) need no definition to be left alone, and
    // large public schemas break rules that no query depends on.
    const schema = buildASTSchema(document, { assumeValidSDL: true, assumeValid: true });
    return offering(schema);
  } catch (cause) {
    throw unusable(cause);
  }
}

/** Asks the endpoint for its schema. Throws GatewayError. */
export async function introspectSchema(send: SendOperation): Promise<GraphQLSchema> {
  let problem = '';
  for (const options of QUESTIONS) {
    const query = getIntrospectionQuery(options);
    const answer = await send({ query, operationName: 'IntrospectionQuery' });
    if (isIntrospection(answer.data)) return build(answer.data);
    const [first] = answer.errors;
    problem = typeof first?.['message'] === 'string' ? first['message'] : `HTTP ${answer.status}`;
    // Only a refused question is worth asking more simply.
    if (answer.status >= 500 || answer.status === 401 || answer.status === 403) break;
  }
  const text = `The endpoint does not tell its schema (${problem.slice(0, 300)}); give it as SDL.`;
  throw new GatewayError('upstream_failed', text);
}

function build(introspection: IntrospectionQuery): GraphQLSchema {
  try {
    return offering(buildClientSchema(introspection, { assumeValid: true }));
  } catch (cause) {
    throw unusable(cause);
  }
}

/** The schema, when there is anything to ask it for. */
function offering(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  if (roots.some((type) => Object.keys(type?.getFields() ?? {}).length > 0)) return schema;
  throw new Error('it has no root fields; define "type Query" or "schema { query: … }".');
}

function isIntrospection(data: Json | undefined): data is Json & IntrospectionQuery {
  return isJsonObject(data) && isJsonObject(data['__schema']);
}

function unusable(cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message.slice(0, 300) : 'unknown';
  const text = `The GraphQL schema cannot be used: ${reason}`;
  return new GatewayError('invalid_document', text, { cause });
}
