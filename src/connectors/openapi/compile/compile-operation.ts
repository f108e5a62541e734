import type { Json, JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { argumentNames } from './argument-names.ts';
import type { SchemaAssembler } from '../schema/assemble-schema.ts';
import { essence, isJsonType } from '../text/choose-media-type.ts';
import { cleanText } from '../text/clean-text.ts';
import { isDeniedHeader } from '../request/denied-headers.ts';
import { describeTool, toolAnnotations } from './describe-tool.ts';
import type { BodyPlan, ParameterPlan, RequestPlan } from '../model/request-plan.ts';
import type { CompiledOperation, CompiledTool } from '../model/compiled-document.ts';
import type { OperationSource, ParameterSource } from '../model/operation-source.ts';
import { acceptsText, fallbackOf, planBody, planPart } from './plan-body.ts';
import { shownBody } from './shown-body.ts';
import { repairPath } from './repair-path.ts';
import type { CompiledSchema, SchemaCompiler } from '../schema/schema-compiler.ts';
import type { SourceDocument } from '../document/source-document.ts';

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
    planParameter(document, parameter, names.get(parameter) ?? parameter.name, path + fixedQuery),
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
    ...answerHeaders(source),
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
  if (parameter.location !== 'header') return true;
  const decided = isOfMessage(parameter.name, source, document);
  if (!decided && !isDeniedHeader(parameter.name)) return true;
  document.report({
    severity: 'warning',
    code: 'denied_header',
    operation: source.id,
    text: decided
      ? `Header "${parameter.name}" is no argument: the media types of the document decide it.`
      : `Header "${parameter.name}" is never set by a caller; configure it on the service.`,
  });
  return false;
}

/**
 * True for headers that the media types of the document decide: OAS ignores such parameters
 * ("Parameter Object", `name`). 2.0 says nothing of them, so one without a body is sent.
 */
function isOfMessage(
  name: string,
  { body }: OperationSource,
  { dialect }: SourceDocument,
): boolean {
  const header = name.toLowerCase();
  if (header === 'accept') return true;
  return header === 'content-type' && (dialect !== '2.0' || body !== undefined);
}

function planParameter(
  document: SourceDocument,
  parameter: ParameterSource,
  argument: string,
  template: string,
): ParameterPlan {
  const { description: _d, schema, deprecated: _x, ...rules } = parameter;
  const inPath = parameter.location !== 'path' || template.includes(`{${parameter.name}}`);
  const required = parameter.required && inPath;
  const fallback = required ? fallbackOf(document, schema) : undefined;
  const listed = listedTexts(document, parameter);
  return {
    ...rules,
    argument,
    required,
    acceptsText: acceptsText(document, schema),
    ...(listed.length > 0 ? { listed } : {}),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** The texts of an enum that a path may hold as they are; without allowReserved only nothing. */
function listedTexts(document: SourceDocument, parameter: ParameterSource): readonly string[] {
  const listed = document.follow(parameter.schema)?.['enum'];
  if (!Array.isArray(listed)) return [];
  const texts = (listed as readonly Json[]).filter((item) => typeof item === 'string');
  return parameter.allowReserved ? texts : texts.filter((text) => text === '');
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
      typed(document, parameter),
      notesOf(parameter, plan, wordLimits.schema),
      plan.required,
    );
  });
  if (source.body !== undefined && !isForm) {
    const { body } = source;
    const schema = shownBody(document, body);
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

/** A parameter without any schema is text, or members where it is written as members. */
function typed(document: SourceDocument, { schema, style, contentType }: ParameterSource): Json {
  const object = document.follow(schema);
  if (object !== undefined && Object.keys(object).some((key) => !NOTES.has(key))) return schema;
  const hasMembers =
    style === 'deepObject' ||
    (contentType !== undefined && /([/+]json|x-www-form-urlencoded)$/.test(essence(contentType)));
  return { ...object, type: hasMembers ? 'object' : 'string' };
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

/** Headers that the document names for success; credentials and framing are no answer. */
function answerHeaders({ responses }: OperationSource): Pick<RequestPlan, 'answerHeaders'> {
  const documented = responses.filter(({ status }) => status.startsWith('2'));
  const names = new Set(documented.flatMap(({ headers }) => headers));
  const shown = [...names].filter((name) => !isDeniedHeader(name) && name !== 'content-type');
  return shown.length === 0 ? {} : { answerHeaders: shown.slice(0, limits.answerHeadersMax) };
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
