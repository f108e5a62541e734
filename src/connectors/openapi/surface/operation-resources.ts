import { RpcError } from '../../../kernel/errors.ts';
import {
  isJsonObject,
  objectMember,
  stringMember,
  type Json,
  type JsonObject,
} from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { rpcCode } from '../../../mcp/protocol.ts';
import { fixedList, type MethodHandler, type ToolCall } from '../../../upstream/tool-server.ts';
import { callOperation } from '../call/call-operation.ts';
import { shorten } from '../text/clean-text.ts';
import type { OpenapiService } from '../call/make-service.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';
import type { ParameterPlan } from '../model/request-plan.ts';
import type { ReadOn } from './read-on.ts';
import { CURSOR_META } from '../answer/to-tool-result.ts';

const DOCUMENT_URI = 'openapi:///document';
const OPERATIONS_URI = 'openapi:///operations/';
const RESULTS_URI = 'openapi:///results/';
const REST_URI = 'openapi:///rest/';
const DESCRIPTION_CHARACTERS = 200;

/** What comes after a result that was too long is a resource of its own. */
export const restUri = (cursor: string): string => `${REST_URI}${cursor}`;

/**
 * Answers the resource methods: operations that are for reading, and in the mode `resources` the
 * document itself with a page per operation.
 */
export function resourceMethods(
  service: OpenapiService,
  whole: boolean,
  readOnFor: (call: ToolCall) => ReadOn,
): Readonly<Record<string, MethodHandler>> {
  const readable = service.document.operations
    .filter(({ isResource }) => isResource)
    .slice(0, limits.operationResourcesMax);
  const named = new Map(readable.map((operation) => [operation.tool.name, operation]));
  const fixed = readable.filter((operation) => !needsArguments(operation));
  const resources = [
    ...(whole ? [documentResource(service)] : []),
    ...fixed.map((operation) => resourceOf(operation)),
  ];
  const templates = [
    ...(whole ? [pageTemplate] : []),
    ...readable.filter((it) => argumentsOf(it).length > 0).map(templateOf),
  ];
  return {
    'resources/list': fixedList('resources', resources),
    'resources/templates/list': fixedList('resourceTemplates', templates),
    'resources/read': (params, call) =>
      read({ service, whole, named, readOn: readOnFor(call) }, params, call),
  };
}

interface Readable {
  readonly service: OpenapiService;
  readonly whole: boolean;
  readonly named: ReadonlyMap<string, CompiledOperation>;
  readonly readOn: ReadOn;
}

async function read(
  { service, whole, named, readOn }: Readable,
  params: JsonObject,
  { io }: ToolCall,
): Promise<JsonObject> {
  const uri = stringMember(params, 'uri') ?? '';
  if (whole && uri === DOCUMENT_URI) return contents(uri, service.source());
  if (whole && uri.startsWith(OPERATIONS_URI)) {
    const operation = service.byName.get(decoded(uri.slice(OPERATIONS_URI.length)));
    if (operation !== undefined) {
      const { id, tool } = operation;
      return contents(uri, JSON.stringify({ request: id, ...tool }));
    }
  }
  if (uri.startsWith(REST_URI)) return fromResult(uri, readOn.page(uri.slice(REST_URI.length)));
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const operation = named.get(
    uri.startsWith(RESULTS_URI) ? decoded(url?.pathname.slice('/results/'.length) ?? '') : '',
  );
  if (url === undefined || operation === undefined) throw notFound(uri);
  const input = Object.fromEntries([...url.searchParams].map(valueOf));
  const result = await callOperation(service, operation, input, io, { keepRest: readOn.keepRest });
  return fromResult(uri, result);
}

/** Structures are written as JSON in a query. */
const valueOf = ([name, text]: [string, string]): [string, Json] => {
  if (!/^[[{]/.test(text)) return [name, text];
  try {
    return [name, JSON.parse(text) as Json];
  } catch {
    return [name, text];
  }
};

function fromResult(uri: string, result: JsonObject): JsonObject {
  const blocks = Array.isArray(result['content']) ? (result['content'] as readonly Json[]) : [];
  const [first] = blocks.filter(isJsonObject);
  const text = stringMember(first, 'text') ?? '';
  if (result['isError'] === true) throw new RpcError(rpcCode.internalError, text.slice(0, 500));
  const inner = isJsonObject(first?.['resource']) ? first['resource'] : first;
  const blob = stringMember(inner, 'blob') ?? stringMember(inner, 'data');
  const mimeType = stringMember(inner, 'mimeType');
  if (blob !== undefined && mimeType !== undefined) {
    return { contents: [{ uri, mimeType, blob }] };
  }
  const json = result['structuredContent'] !== undefined;
  const mimeTyped = json ? 'application/json' : 'text/plain';
  const cursor = stringMember(objectMember(result, '_meta'), CURSOR_META);
  const more = cursor === undefined ? {} : { _meta: { 'mcp-gateway/next': restUri(cursor) } };
  return { contents: [{ uri, mimeType: mimeTyped, text }], ...more };
}

const contents = (uri: string, text: string): JsonObject => {
  const mimeType = /^\s*[[{]/.test(text) ? 'application/json' : 'application/yaml';
  return { contents: [{ uri, mimeType, text }] };
};

const notFound = (uri: string): RpcError =>
  new RpcError(rpcCode.invalidParams, 'There is no such resource.', { uri: uri.slice(0, 512) });

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

const documentResource = ({ document }: OpenapiService): JsonObject => ({
  uri: DOCUMENT_URI,
  name: 'document',
  title: document.service.title,
  description: 'The OpenAPI document of the service.',
});

const pageTemplate: JsonObject = {
  uriTemplate: `${OPERATIONS_URI}{name}`,
  name: 'operation',
  description: 'One operation: its request, its description and the schema of its arguments.',
  mimeType: 'application/json',
};

function resourceOf({ tool }: CompiledOperation): JsonObject {
  return {
    uri: `${RESULTS_URI}${tool.name}`,
    name: tool.name,
    description: shorten(tool.description, DESCRIPTION_CHARACTERS),
  };
}

function templateOf(operation: CompiledOperation): JsonObject {
  const { tool } = operation;
  const names = argumentsOf(operation).map(({ argument }) => argument);
  return {
    // A name in a URI template is narrower than an argument's name (RFC 6570 §2.3).
    uriTemplate: `${RESULTS_URI}${tool.name}{?${names.filter((it) => /^\w+$/.test(it)).join(',')}}`,
    name: tool.name,
    description: shorten(tool.description, DESCRIPTION_CHARACTERS),
  };
}

/** The arguments a reader gives; those that the configuration sets are not among them. */
function argumentsOf({ plan }: CompiledOperation): readonly ParameterPlan[] {
  const unseen = new Set([...Object.keys(plan.fixed ?? {}), ...(plan.unseen ?? [])]);
  return plan.parameters.filter(({ argument }) => !unseen.has(argument));
}

const needsArguments = (operation: CompiledOperation): boolean =>
  argumentsOf(operation).some(
    ({ required, argument }) => required && !Object.hasOwn(operation.plan.defaults ?? {}, argument),
  );
