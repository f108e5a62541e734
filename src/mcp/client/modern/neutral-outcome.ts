import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, objectMember, withoutMembers } from '../../../kernel/json.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { mendResult } from '../../mend/mend-result.ts';
import type { InputRequiredOutcome, McpOutcome, McpRequest } from '../../message.ts';
import { inputMethods, meta } from '../../protocol.ts';

/** What of a request decides how its result is read. */
export interface ResultContext {
  readonly method: string;
  readonly client: { readonly capabilities: JsonObject };
}

/** Result types of extensions, and who must have been declared for them. */
const extensionOfResultType: ReadonlyMap<string, string> = new Map([
  ['task', 'io.modelcontextprotocol/tasks'],
]);

const envelopeKeys: readonly string[] = [meta.serverInfo, meta.subscriptionId];

/**
 * A modern server's result as an outcome. A complete result is not parsed. Throws GatewayError
 * `upstream_failed` on a result type that this request cannot have.
 */
export function neutralOutcome(result: JsonBytes, request: ResultContext): McpOutcome {
  const type = readType(result);
  if (type === 'complete') return { resultType: 'complete', result };
  if (type === 'input_required') return inputRequired(result, request);
  const extension = typeof type === 'string' ? extensionOfResultType.get(type) : undefined;
  const declared = objectMember(request.client.capabilities, 'extensions');
  if (extension !== undefined && isJsonObject(declared?.[extension])) {
    return { resultType: 'extension', result };
  }
  throw invalid('The service answered with a result type that was not agreed on.');
}

/** The same, with what strict clients would refuse in a complete result mended. */
export function soundOutcome(
  result: JsonBytes,
  request: ResultContext & Pick<McpRequest, 'params'>,
): McpOutcome {
  const outcome = neutralOutcome(result, request);
  if (outcome.resultType !== 'complete') return outcome;
  try {
    const mended = mendResult(outcome.result, request);
    return mended === outcome.result ? outcome : { ...outcome, result: mended };
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}

/** An absent type means complete (basic/index, "Result"). */
function readType(result: JsonBytes): unknown {
  try {
    // Nearly every result is one of these two, and neither has to be parsed.
    if (!result.has('resultType') || result.memberIs('resultType', '"complete"')) return 'complete';
    return result.member('resultType');
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}

function inputRequired(result: JsonBytes, request: ResultContext): InputRequiredOutcome {
  if (!inputMethods.has(request.method)) {
    throw invalid('The service asked for input where there is none.');
  }
  const value = parse(result);
  const { inputRequests, requestState } = value;
  const hasState = typeof requestState === 'string';
  if (inputRequests === undefined && !hasState) throw invalid('The service asked for nothing.');
  const outcome = {
    resultType: 'input_required' as const,
    ...(inputRequests === undefined ? {} : { inputRequests: questions(inputRequests) }),
    ...(hasState ? { requestState } : {}),
  };
  const kept = withoutMembers(objectMember(value, '_meta') ?? {}, envelopeKeys);
  return Object.keys(kept).length === 0 ? outcome : { ...outcome, meta: kept };
}

function questions(value: unknown): Readonly<Record<string, JsonObject>> {
  if (!isJsonObject(value)) throw invalid('The service asked in a way that cannot be read.');
  if (!Object.values(value).every(isJsonObject)) {
    throw invalid('The service asked in a way that cannot be read.');
  }
  return value as Readonly<Record<string, JsonObject>>;
}

function parse(result: JsonBytes): JsonObject {
  try {
    return result.value;
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', { cause });
  }
}

function invalid(text: string): GatewayError {
  return new GatewayError('upstream_failed', text);
}
