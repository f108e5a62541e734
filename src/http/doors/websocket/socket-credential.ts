import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../../kernel/errors.ts';
import { credentialHeader } from '../../listener/credential-header.ts';

/** The subprotocol that is agreed on. */
export const SUBPROTOCOL = 'mcp';

const KEY_PROTOCOL = 'bearer.';

/** The subprotocols a client offers, in its order. */
export function offeredProtocols(headers: IncomingHttpHeaders): readonly string[] {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/**
 * The key a WebSocket client presents: in a header, or, from a browser page, which cannot set
 * headers, as the subprotocol `bearer.<key>` beside `mcp`. Undefined when there is none or when
 * two disagree. Throws GatewayError `invalid_request` when `mcp` is not offered beside the key,
 * because the key's own name is never repeated in the answer.
 */
export function socketCredential(headers: IncomingHttpHeaders): string | undefined {
  const inHeader = credentialHeader(headers);
  const hasHeader = headers.authorization !== undefined || headers['x-api-key'] !== undefined;
  const offered = offeredProtocols(headers);
  const keys = offered.filter((one) => one.startsWith(KEY_PROTOCOL));
  if (keys.length === 0) return inHeader;
  if (!offered.includes(SUBPROTOCOL)) {
    const text = `Offer the subprotocol ${SUBPROTOCOL} beside ${KEY_PROTOCOL}<key>.`;
    throw new GatewayError('invalid_request', text);
  }
  const key = keys[0]?.slice(KEY_PROTOCOL.length);
  const agree = keys.length === 1 && (!hasHeader || inHeader === key);
  return agree && key !== '' ? key : undefined;
}
