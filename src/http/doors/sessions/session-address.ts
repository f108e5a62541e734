import type { IncomingMessage } from 'node:http';
import type { SessionIdPlace, SessionTransport } from '../../../gateway/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { pathOf } from '../endpoint-paths.ts';

/** The parts of a session that a client reaches. */
export type SessionPart = 'mcp' | 'sse' | 'messages' | 'ws';

/** What a request to a session names. */
export interface SessionAddress {
  readonly part: SessionPart;
  readonly id: string;
  readonly place: SessionIdPlace;
}

/** The header a session's id may travel in. */
export const SESSION_HEADER = 'x-session-id';

const QUERY_NAME = 'sessionId';
const PATH = /^\/sessions\/(?:([A-Za-z0-9_-]{1,64})\/)?(mcp|sse|messages|ws)$/;

const transports: Readonly<Record<SessionPart, readonly SessionTransport[]>> = {
  mcp: ['any', 'streamable-http'],
  sse: ['any', 'sse'],
  messages: ['any', 'sse', 'streamable-http'],
  ws: ['any', 'websocket'],
};

/** True when the address is a session's transport, not the control plane's. */
export function isSessionAddress(url: string): boolean {
  return PATH.test(pathOf(url));
}

/** True when a session of this transport is reached by this part. */
export function isServed(part: SessionPart, transport: SessionTransport): boolean {
  return transports[part].includes(transport);
}

/** Reads which session is meant. Throws GatewayError `invalid_request` unless exactly one is. */
export function readSessionAddress({ url = '', headers }: IncomingMessage): SessionAddress {
  const [, inPath, part] = PATH.exec(pathOf(url)) ?? [];
  const inQuery = new URL(url, 'http://gateway').searchParams.getAll(QUERY_NAME);
  const inHeader = headers[SESSION_HEADER];
  const found: { readonly id: string; readonly place: SessionIdPlace }[] = [
    ...(inPath === undefined ? [] : [{ id: inPath, place: 'path' as const }]),
    ...inQuery.map((id) => ({ id, place: 'query' as const })),
    ...(typeof inHeader === 'string' ? [{ id: inHeader, place: 'header' as const }] : []),
  ];
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new GatewayError('invalid_request', 'The request must name exactly one session.');
  }
  return { part: part as SessionPart, ...only };
}

/** Where a part of a session is reached, as its client must ask for it. */
export function sessionUrl(
  { id, place }: Pick<SessionAddress, 'id' | 'place'>,
  part: SessionPart,
  basePath: string,
): string {
  if (place === 'path') return `${basePath}/sessions/${id}/${part}`;
  const query = place === 'query' ? `?${QUERY_NAME}=${id}` : '';
  return `${basePath}/sessions/${part}${query}`;
}
