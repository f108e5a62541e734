import { JsonBytes } from '../../../kernel/json-bytes.ts';
import { withSoundTrace } from '../../wire/trace-context.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { ClientProfile, McpRequest } from '../../message.ts';
import { isCarriedInResult, toLegacyOutputSchema } from './legacy-output-schema.ts';
import { meta } from '../../protocol.ts';

/** Members of modern results that a legacy client does not know. */
const MODERN_MEMBERS = ['resultType', 'ttlMs', 'cacheScope'] as const;

/** A legacy request in the neutral model, with the client's progress token. */
export interface LegacyRequest {
  readonly request: McpRequest;
  readonly progressToken: string | number | undefined;
}

/** Reads a legacy request: what the session knows of the client is added to it. */
export function fromLegacyRequest(
  method: string,
  params: JsonObject,
  client: ClientProfile,
  logLevel: string | undefined,
): LegacyRequest {
  const { [meta.progressToken]: token, ...own } = objectMember(params, '_meta') ?? {};
  const rest = withSoundTrace(own);
  const { _meta: _, ...others } = params;
  const hasMeta = Object.keys(rest).length > 0;
  const progressToken = typeof token === 'string' || typeof token === 'number' ? token : undefined;
  return {
    request: {
      method,
      params: hasMeta ? { ...others, _meta: rest } : others,
      client,
      wantsProgress: progressToken !== undefined,
      ...(logLevel === undefined ? {} : { logLevel }),
    },
    progressToken,
  };
}

/** A result as a legacy client expects it. */
export function toLegacyResult(method: string, result: JsonBytes): JsonBytes {
  const plain = result.withoutMembers(MODERN_MEMBERS);
  if (method === 'tools/call') return wrapStructuredContent(plain);
  if (method === 'tools/list') return wrapOutputSchemas(plain);
  return plain;
}

/** Legacy structured content is an object; anything else is carried as its member `result`. */
function wrapStructuredContent(result: JsonBytes): JsonBytes {
  if (!result.has('structuredContent')) return result;
  const content = result.member('structuredContent');
  if (!isCarriedInResult(content)) return result;
  return result
    .withoutMembers(['structuredContent'])
    .withMember('structuredContent', JSON.stringify({ result: content }));
}

function wrapOutputSchemas(result: JsonBytes): JsonBytes {
  // Most lists have no such schema; a search of the bytes spares parsing them.
  if (!result.bytes.includes('"outputSchema"')) return result;
  const tools = result.value['tools'];
  if (!Array.isArray(tools)) return result;
  if (!tools.some((tool: Json) => needsWrapping(tool))) return result;
  return JsonBytes.fromValue({ ...result.value, tools: tools.map(wrapOutputSchema) });
}

function needsWrapping(tool: Json): boolean {
  const schema = isJsonObject(tool) ? tool['outputSchema'] : undefined;
  return isJsonObject(schema) && schema['type'] !== 'object';
}

function wrapOutputSchema(tool: Json): Json {
  if (!needsWrapping(tool) || !isJsonObject(tool)) return tool;
  return { ...tool, outputSchema: toLegacyOutputSchema(tool['outputSchema'] as JsonObject) };
}
