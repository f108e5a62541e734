import type { Json, JsonObject } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { argumentNames } from './argument-names.ts';
import type { SchemaAssembler } from './assemble-schema.ts';
import { isJsonType } from './choose-media-type.ts';
import { cleanText } from './clean-text.ts';
import { isDeniedHeader } from './denied-headers.ts';
import { describeTool, toolAnnotations } from './describe-tool.ts';
import type {
  BodyPlan,
  CompiledOperation,
  CompiledTool,
  OperationSource,
  ParameterPlan,
  ParameterSource,
  RequestPlan,
} from './model.ts';
import { acceptsText, planBody, planPart } from './plan-body.ts';
import { repairPath } from './repair-path.ts';
import type { CompiledSchema, SchemaCompiler } from './schema-compiler.ts';
import type { SourceDocument } from './source-document.ts';

/** How long descriptions may be, in characters. */
export interface WordLimits {
  readonly tool: number;
  readonly schema: number;
}

/** What compiling needs besides the operation. */
export interface CompileContext {
  readonly document: SourceDocument;
  readonly compiler: SchemaCompiler;
  readonly assemble: SchemaAssembler;
  readonly outputSchema: 'off' | 'relaxed';
  readonly words: WordLimits;
}

const BODY = 'body';

/** Compiles one operation into a tool and the plan of its request. */
export function compileOperation(
  source: OperationSource,
  name: string,
  context: CompileContext,
): CompiledOperation {
  const { document } = context;
  const sendable = source.parameters.filter((parameter) => isSendable(parameter, source, document));
  const { path, fixedQuery, parameters } = repairPath(source, sendable, document);
  const isForm = parameters.some(({ location }) => location === 'formData');
  const names = argumentNames(parameters, source.body !== undefined && !isForm ? [BODY] : []);
  const plans = parameters.map((parameter) =>
    planParameter(document, parameter, names.get(parameter) ?? parameter.name, path),
  );
  const input = inputSchema(source, parameters, plans, isForm, context);
  const body = planOf(document, source, plans);
  const plan: RequestPlan = {
    method: source.method,
    path,
    fixedQuery,
    parameters: plans.filter(({ location }) => location !== 'formData'),
    body,
    renamed: Object.fromEntries(input.renamed),
    accept: acceptHeader(source),
    servers: source.servers,
    security: source.security,
  };
  const output = outputOf(source, context);
  const tool: CompiledTool = {
    name,
    description: describeTool(source, context.words.tool),
    inputSchema: input.schema,
    ...(output === undefined ? {} : { outputSchema: output }),
    annotations: toolAnnotations(source.method),
  };
  return {
    id: source.id,
    method: source.method,
    pathTemplate: source.path,
    operationId: source.operationId,
    tags: source.tags,
    tool,
    plan,
  };
}

function isSendable(
  parameter: ParameterSource,
  source: OperationSource,
  document: SourceDocument,
): boolean {
  if (parameter.location !== 'header' || !isDeniedHeader(parameter.name)) return true;
  document.report({
    severity: 'warning',
    code: 'denied_header',
    operation: source.id,
    text: `Header "${parameter.name}" is never set by a caller; configure it on the service.`,
  });
  return false;
}

function planParameter(
  document: SourceDocument,
  parameter: ParameterSource,
  argument: string,
  path: string,
): ParameterPlan {
  const { description: _d, schema, deprecated: _x, ...rules } = parameter;
  const listed = document.follow(schema)?.['enum'];
  const inPath = parameter.location !== 'path' || path.includes(`{${parameter.name}}`);
  const texts = Array.isArray(listed) ? listed.filter((item) => typeof item === 'string') : [];
  return {
    ...rules,
    argument,
    required: parameter.required && inPath,
    acceptsText: acceptsText(document, schema),
    ...(parameter.allowReserved && texts.length > 0 ? { listed: texts } : {}),
  };
}

function planOf(
  document: SourceDocument,
  source: OperationSource,
  plans: readonly ParameterPlan[],
): BodyPlan | undefined {
  const { body } = source;
  if (body === undefined) return undefined;
  const fields = plans.filter(({ location }) => location === 'formData');
  if (fields.length === 0) return planBody(document, body, { argument: BODY });
  const parts = source.parameters
    .filter(({ location }) => location === 'formData')
    .map((field) => {
      const encoding = {
        contentType: undefined,
        serialization: field,
        headers: {},
      };
      return [field.name, planPart(document, field.schema, encoding)] as const;
    });
  return { ...planBody(document, body, { fields }), parts: Object.fromEntries(parts) };
}

function inputSchema(
  source: OperationSource,
  parameters: readonly ParameterSource[],
  plans: readonly ParameterPlan[],
  isForm: boolean,
  { document, compiler, assemble, words: wordLimits }: CompileContext,
): ReturnType<SchemaAssembler> {
  const properties: [string, JsonObject][] = [];
  const required: string[] = [];
  const parts: CompiledSchema[] = [];
  const add = (argument: string, schema: Json, notes: JsonObject, needed: boolean): void => {
    const compiled = compiler.compile(schema, 'input', source.id);
    parts.push(compiled);
    const words = notes['description'];
    const bytes = compiled.schema['contentEncoding'] === 'base64' && typeof words === 'string';
    const own = bytes ? { ...notes, description: `${words} (base64)` } : notes;
    properties.push([argument, { ...compiled.schema, ...own }]);
    if (needed) required.push(argument);
  };
  parameters.forEach((parameter, at) => {
    const plan = plans[at];
    if (plan === undefined) return;
    add(
      plan.argument,
      typed(document, parameter.schema),
      notesOf(parameter, plan, wordLimits.schema),
      plan.required,
    );
  });
  if (source.body !== undefined && !isForm) {
    const { body } = source;
    const binary = !acceptsJson(body.mediaType) && isEmpty(body.schema);
    const schema = binary ? { type: 'string', format: 'binary' } : body.schema;
    const words = cleanText(body.description ?? '', wordLimits.schema);
    add(BODY, schema, words === '' ? {} : { description: words }, body.required);
  }
  const root: JsonObject = {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
  const assembled = assemble(root, parts, 'input');
  if (assembled.shortened) {
    document.report({
      severity: 'warning',
      code: 'schema_shortened',
      operation: source.id,
      text: `The input schema of ${source.id} is large; its inner parts were shortened.`,
    });
  }
  return assembled;
}

const isEmpty = (schema: Json): boolean =>
  !isJsonObject(schema) || Object.keys(schema).length === 0;

const acceptsJson = (mediaType: string): boolean =>
  isJsonType(mediaType) || /^(text\/|multipart\/|application\/(.*xml|x-www-form))/.test(mediaType);

/** A parameter without any schema is text; a model needs a type to go by. */
function typed(document: SourceDocument, schema: Json): Json {
  const object = document.follow(schema);
  return object === undefined || Object.keys(object).every((key) => NOTES.has(key))
    ? { ...object, type: 'string' }
    : schema;
}

const NOTES = new Set(['description', 'example', 'examples', 'title', 'deprecated', 'default']);

function notesOf(
  parameter: ParameterSource,
  plan: ParameterPlan,
  charactersMax: number,
): JsonObject {
  const words = cleanText(parameter.description ?? '', charactersMax);
  const renamed = plan.argument === parameter.name ? '' : `${plan.location} "${parameter.name}"`;
  const description = [words, renamed].filter((part) => part !== '').join(' — ');
  return {
    ...(description === '' ? {} : { description }),
    ...(parameter.deprecated ? { deprecated: true } : {}),
  };
}

function acceptHeader(source: OperationSource): string {
  const types = source.responses
    .filter(({ status }) => /^(2..|2XX|default)$/i.test(status))
    .flatMap(({ mediaType }) => (mediaType === undefined ? [] : [mediaType]))
    .filter((type) => /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(type));
  const [first] = types;
  return first === undefined ? 'application/json, */*;q=0.5' : `${first}, */*;q=0.5`;
}

function outputOf(source: OperationSource, context: CompileContext): JsonObject | undefined {
  if (context.outputSchema === 'off') return undefined;
  const success = source.responses.find(({ status }) => status.startsWith('2'));
  const { mediaType, schema } = success ?? {};
  if (mediaType === undefined || schema === undefined || !isJsonType(mediaType)) return undefined;
  const compiled = context.compiler.compile(schema, 'output', source.id);
  const { schema: assembled } = context.assemble(compiled.schema, [compiled], 'output');
  return Object.keys(assembled).length === 0 ? undefined : assembled;
}
