import type { LoadConnection } from './load-connection.ts';
import type { ToolName } from './scenario.ts';
import { buildCall, buildDelete, buildMessage, markersOf, REVISIONS } from './wire.ts';
import type { WireRequest, WireTarget } from './wire.ts';

/** A connection with the request it repeats and the legacy session it opened, if any. */
export interface Lane {
  readonly connection: LoadConnection;
  readonly target: WireTarget;
  readonly call: WireRequest;
  readonly session: string | undefined;
  /** Texts that every complete answer contains. */
  readonly markers: readonly string[];
}

/** Makes a connection ready for calls; a legacy one opens its own session first. */
export async function openLane(
  connection: LoadConnection,
  target: WireTarget,
  tool: ToolName,
): Promise<Lane> {
  const session = target.era === 'legacy' ? await initialize(connection, target) : undefined;
  const call = buildCall(target, tool, session);
  return { connection, target, call, session, markers: markersOf(tool) };
}

/** Ends the lane's session, whatever the answer to that is, and its connection. */
export async function closeLane({ connection, target, session }: Lane): Promise<void> {
  if (session !== undefined) await send(connection, buildDelete(target, session));
  connection.close();
}

/** Says what is wrong with the answer the lane has just read, or undefined. */
export function faultOf(lane: Lane, id: number): string | undefined {
  const { reader } = lane.connection;
  if (reader.status() !== 200) return `answered with status ${reader.status()}`;
  if (!reader.bodyContains(`"id":${id}`)) return 'answered another request';
  const missing = lane.markers.find((marker) => !reader.bodyContains(marker));
  return missing === undefined ? undefined : `answered without ${missing}`;
}

async function initialize(
  connection: LoadConnection,
  target: WireTarget,
): Promise<string | undefined> {
  const clientInfo = { name: 'bench-load', version: '1.0.0' };
  const params = { protocolVersion: REVISIONS.legacy, capabilities: {}, clientInfo };
  await send(connection, buildMessage(target, 'initialize', params));
  expectStatus(connection, 200, 'initialize');
  // A stateless server names no session and then expects none.
  const session = /^mcp-session-id: *(\S+)\r$/im.exec(connection.reader.head())?.[1];
  await send(connection, buildMessage(target, 'notifications/initialized', {}, session));
  expectStatus(connection, 202, 'notifications/initialized');
  return session;
}

function send(connection: LoadConnection, request: WireRequest): Promise<void> {
  return new Promise((resolve) => connection.request(request.bytes, resolve));
}

function expectStatus(connection: LoadConnection, status: number, method: string): void {
  const actual = connection.reader.status();
  if (actual !== status) throw new Error(`${method} was answered with status ${actual}`);
}
