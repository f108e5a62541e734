import { textWithDigits } from '../../../kernel/json-digits.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { notificationText, requestText } from '../../wire/message-text.ts';
import { implementation, meta } from '../../protocol.ts';

/** What of a request goes on the wire. */
export interface RequestContent {
  readonly method: string;
  readonly params: JsonObject;
  readonly client: { readonly capabilities: JsonObject };
  readonly logLevel?: string;
  readonly wantsProgress: boolean;
}

const clientInfo = `${JSON.stringify(meta.clientInfo)}:${JSON.stringify(implementation)}`;
const versionName = JSON.stringify(meta.protocolVersion);
const capabilitiesName = JSON.stringify(meta.clientCapabilities);
const logLevelName = JSON.stringify(meta.logLevel);

/**
 * The JSON text of a modern request, with the gateway's envelope in `_meta` (2026-07-28
 * basic/index, "_meta"). The request's id is its progress token. Written by hand because every
 * call of the data plane comes through here: the parameters are serialised once, nothing is copied.
 */
export function modernRequestText(id: number, request: RequestContent, version: string): string {
  const capabilities = JSON.stringify(request.client.capabilities);
  let envelope = `${versionName}:"${version}",${clientInfo},${capabilitiesName}:${capabilities}`;
  if (request.logLevel !== undefined) {
    envelope += `,${logLevelName}:${JSON.stringify(request.logLevel)}`;
  }
  if (request.wantsProgress) envelope += `,"progressToken":${id}`;
  return requestText(id, request.method, paramsText(request.params, envelope));
}

/** The text that cancels a request where there is no stream to close (stdio, "Cancellation"). */
export function cancelText(id: number, reason: string): string {
  return notificationText('notifications/cancelled', { requestId: id, reason });
}

function paramsText(params: JsonObject, envelope: string): string {
  if (params['_meta'] === undefined) return `{"_meta":{${envelope}}${tail(textWithDigits(params))}`;
  const { _meta: own, ...rest } = params;
  const ownText = isJsonObject(own) ? tail(textWithDigits(own)) : '}';
  return `{"_meta":{${envelope}${ownText}${tail(textWithDigits(rest))}`;
}

/** An object's text to be written after other members: without its brace, behind a comma. */
function tail(text: string): string {
  return text === '{}' ? '}' : `,${text.slice(1)}`;
}
