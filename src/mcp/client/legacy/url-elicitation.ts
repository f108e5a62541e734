import { RpcError } from '../../../kernel/errors.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../../kernel/json.ts';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import type { CompleteOutcome, InputRequiredOutcome } from '../../message.ts';
import { rpcCode } from '../../protocol.ts';
import type { CapabilityProfile } from './capability-profile.ts';

/** Keys of questions that come from an error: their retry is a fresh request. */
const KEY_PREFIX = 'visit-';

/**
 * A 2025-11-25 server's "URL elicitation required" as questions. The server has ended the call, so
 * there is no state: once the user has been there, the request is simply made again.
 */
export function urlElicitationOutcome(
  error: RpcError,
  profile: CapabilityProfile,
): InputRequiredOutcome {
  if (!isJsonObject(objectMember(profile.capabilities, 'elicitation')?.['url'])) {
    const requiredCapabilities = { elicitation: { url: {} } };
    throw new RpcError(rpcCode.missingCapability, error.message, { requiredCapabilities });
  }
  const data = isJsonObject(error.data) ? error.data['elicitations'] : undefined;
  const elicitations = Array.isArray(data) ? data.filter((one) => isJsonObject(one)) : [];
  if (elicitations.length === 0) throw new RpcError(rpcCode.internalError, error.message);
  const entries = elicitations.map((params, index): [string, JsonObject] => [
    `${KEY_PREFIX}${index + 1}`,
    { method: 'elicitation/create', params: { ...params, mode: 'url' } },
  ]);
  return { resultType: 'input_required', inputRequests: Object.fromEntries(entries) };
}

/**
 * What becomes of a retry whose user would not visit the URL: the answer, or undefined when the
 * request is to be made. Throws RpcError for requests whose results cannot carry a failure.
 */
export function declinedVisit(method: string, params: JsonObject): CompleteOutcome | undefined {
  const responses = objectMember(params, 'inputResponses') ?? {};
  const isDeclined = Object.entries(responses).some(
    ([key, response]) =>
      key.startsWith(KEY_PREFIX) && isJsonObject(response) && response['action'] !== 'accept',
  );
  if (!isDeclined) return undefined;
  const text = 'The user did not open the URL that this needs.';
  if (method !== 'tools/call') throw new RpcError(rpcCode.internalError, text);
  const result = JsonBytes.fromValue({ content: [{ type: 'text', text }], isError: true });
  return { resultType: 'complete', result };
}
