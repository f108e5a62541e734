import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  valueFromASTUntyped,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { measureDocument, type DocumentMeasure } from './measure-document.ts';

/** A document that may not run; the text says what to change. */
export class DocumentError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'DocumentError';
  }
}

/** What callers may ask for. */
export interface DocumentRules {
  readonly allowMutations: boolean;
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly complexityMax: number;
}

/** A document that passed, with the operation of it that runs. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly measure: DocumentMeasure;
}

const ERRORS_SHOWN = 5;

/** Parses, measures and validates a document that a caller wrote. Throws DocumentError. */
export function checkDocument(
  schema: GraphQLSchema,
  text: string,
  operationName: string | undefined,
  variables: JsonObject,
  rules: DocumentRules,
): CheckedDocument {
  if (Buffer.byteLength(text) > limits.graphqlDocumentBytesMax) {
    throw new DocumentError(`is longer than ${limits.graphqlDocumentBytesMax} bytes.`);
  }
  const document = parseDocument(text, limits.graphqlTokensMax);
  const operation = chooseOperation(document, operationName);
  refuseMutation(operation, rules.allowMutations);
  // Bounds come first: validating an unbounded document is itself what an attacker wants.
  const effective = { ...defaultsOf(operation), ...variables };
  const measure = measureDocument(schema, document, operation, effective);
  refuseExcess(measure, rules);
  refuseInvalid(schema, document);
  return { document, operation, measure };
}

/** Parses a document. Throws DocumentError with the place of a syntax error. */
export function parseDocument(text: string, maxTokens?: number): DocumentNode {
  try {
    return parse(text, maxTokens === undefined ? {} : { maxLexicalTokens: maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) throw new DocumentError(`cannot be read: ${where(error)}`);
    throw error;
  }
}

/** Throws DocumentError when the schema does not have what the document asks for. */
export function refuseInvalid(schema: GraphQLSchema, document: DocumentNode): void {
  const errors = validate(schema, document, specifiedRules, { maxErrors: ERRORS_SHOWN });
  if (errors.length === 0) return;
  throw new DocumentError(`is not valid: ${errors.map(where).join(' ').slice(0, 2_000)}`);
}

/** Throws DocumentError for a mutation where there may be none. */
export function refuseMutation(operation: OperationDefinitionNode, allowMutations: boolean): void {
  if (operation.operation !== 'mutation' || allowMutations) return;
  throw new DocumentError('is a mutation; this service only allows queries and subscriptions.');
}

function chooseOperation(
  document: DocumentNode,
  name: string | undefined,
): OperationDefinitionNode {
  const operations = document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION);
  const [first] = operations;
  if (first === undefined) throw new DocumentError('holds no operation.');
  if (name === undefined) {
    if (operations.length === 1) return first;
    throw new DocumentError('holds several operations; say which with "operationName".');
  }
  const chosen = operations.find((operation) => operation.name?.value === name);
  if (chosen === undefined) throw new DocumentError('holds no operation of that name.');
  return chosen;
}

function defaultsOf(operation: OperationDefinitionNode): JsonObject {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined
      ? []
      : [[variable.name.value, valueFromASTUntyped(defaultValue) as Json] as const],
  );
  return Object.fromEntries(defaults);
}

function refuseExcess(measure: DocumentMeasure, rules: DocumentRules): void {
  if (measure.cyclic) throw new DocumentError('has a fragment that spreads itself.');
  if (measure.introspects) {
    throw new DocumentError('asks for the schema; use the introspect tool instead.');
  }
  const bounds = [
    ['nests fields', measure.depth, rules.depthMax, 'deep'],
    ['has', measure.aliases, rules.aliasesMax, 'aliases'],
    ['may answer with', measure.complexity, rules.complexityMax, 'fields; ask for smaller pages'],
  ] as const;
  for (const [verb, value, most, unit] of bounds) {
    if (value > most) throw new DocumentError(`${verb} ${value} ${unit}; at most ${most} may be.`);
  }
}

function where(error: GraphQLError): string {
  const [place] = error.locations ?? [];
  const at = place === undefined ? '' : ` (line ${place.line}, column ${place.column})`;
  return `${error.message.slice(0, 400)}${at}`;
}
