import { compile } from '../connectors/openapi/compile/compile.ts';
import type {
  CompiledDocument,
  CompiledOperation,
} from '../connectors/openapi/model/compiled-document.ts';
import type { Api } from '../http/api/create-api.ts';
import type { ApiRoute } from '../http/api/framework/define-route.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { offeredRoutes, type OfferedRoute } from './offered-routes.ts';

/** One operation of the control plane as a tool. */
export interface AdminTool extends OfferedRoute {
  readonly name: string;
  /** As `tools/list` shows it. */
  readonly definition: JsonObject;
  readonly operation: CompiledOperation;
}

/** All tools, and the document that they were made from. */
export interface AdminTools {
  readonly byName: ReadonlyMap<string, AdminTool>;
  readonly document: CompiledDocument;
}

/** Marks a tool, and a result, that carries a secret which is shown this one time. */
export const SECRET_META = 'mcp-gateway/secretOnce';

const SECRET_WORDS = 'Its answer holds a secret that is never shown again.';

/** Makes a tool of every route that is offered, named by its operation. */
export function compileTools(api: Pick<Api, 'routes' | 'describe'>, slug: string): AdminTools {
  const offered = offeredRoutes(api.routes);
  const document = compile(documentOf(api.describe() as JsonObject, offered), {
    toolNameLengthMax: limits.toolNameLengthMax - slug.length - '__'.length,
    descriptions: 'full',
  });
  const byOperation = new Map(offered.map((one) => [one.route.operationIds[0], one]));
  const tools = document.operations.flatMap((operation): readonly AdminTool[] => {
    const one = byOperation.get(operation.operationId ?? '');
    if (one === undefined) return [];
    const definition = definitionOf(operation, one.route);
    return [{ ...one, operation, name: operation.tool.name, definition }];
  });
  return { byName: new Map(tools.map((tool) => [tool.name, tool])), document };
}

/** The API's description with the offered operations alone, each under its first path. */
function documentOf(whole: JsonObject, offered: readonly OfferedRoute[]): JsonObject {
  const all = objectMember(whole, 'paths') ?? {};
  const paths: Record<string, Json> = {};
  for (const { route } of offered) {
    const [path] = route.paths;
    const described = all[path];
    const operation = isJsonObject(described) ? described[route.method] : undefined;
    if (operation === undefined) continue;
    const kept = paths[path];
    paths[path] = { ...(isJsonObject(kept) ? kept : {}), [route.method]: operation };
  }
  return { ...whole, paths };
}

function definitionOf({ tool }: CompiledOperation, route: ApiRoute): JsonObject {
  const isSecret = route.secretOnce === true;
  return {
    ...(tool as unknown as JsonObject),
    title: route.summary,
    description: isSecret ? `${tool.description}\n${SECRET_WORDS}` : tool.description,
    annotations: { ...tool.annotations, ...annotationsOf(route) },
    ...(isSecret ? { _meta: { [SECRET_META]: true } } : {}),
  };
}

/** Only what makes something new takes nothing away; the word of a change is not taken for it. */
function annotationsOf({ method, answers }: ApiRoute): JsonObject {
  if (method === 'get') return { readOnlyHint: true, destructiveHint: false };
  const isAddition = method === 'post' && '201' in answers;
  return { readOnlyHint: false, destructiveHint: !isAddition };
}
