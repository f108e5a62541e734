import type { ClientEra, ToolName } from './scenario.ts';

/** Revision of each era the benchmark speaks. */
export const REVISIONS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;

/** Text that ends every tool result, so that a truncated answer is noticed. */
export const RESULT_MARKER = 'end-of-echo';

/** Notifications an `echo-sse` call sends before its result. */
export const PROGRESS_EVENTS = 10;

/** Returns what a complete answer of the tool contains: the end of the text, the last event. */
export function markersOf(tool: ToolName): readonly string[] {
  return tool === 'echo-sse' ? [`"progress":${PROGRESS_EVENTS}`, RESULT_MARKER] : [RESULT_MARKER];
}

/** A request ready to be written; the digits of its id are replaced before each use. */
export interface WireRequest {
  readonly bytes: Buffer;
  /** Position of the id's digits, -1 for a message without id. */
  readonly idOffset: number;
}

/** Where and as whom a request is sent. */
export interface WireTarget {
  readonly host: string;
  readonly path: string;
  readonly era: ClientEra;
  readonly headers: Readonly<Record<string, string>>;
}

/** First id used; all ids have as many digits, so lengths never change. */
export const FIRST_ID = 1_000_000_000;

/** Size of a small tools/call body in bytes. */
const SMALL_BODY_BYTES = 492;

/** Builds the tools/call request of the target's era. */
export function buildCall(target: WireTarget, tool: ToolName, session?: string): WireRequest {
  const meta = {
    ...(tool === 'echo-sse' ? { progressToken: 'bench-progress' } : {}),
    ...(target.era === 'modern' ? modernMeta() : {}),
  };
  const message = (text: string): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: FIRST_ID,
      method: 'tools/call',
      params: {
        name: tool,
        arguments: { text },
        ...(Object.keys(meta).length === 0 ? {} : { _meta: meta }),
      },
    });
  const filler = 'x'.repeat(Math.max(0, SMALL_BODY_BYTES - message('').length));
  return frame(target, 'tools/call', message(filler), tool, session);
}

/** Builds a request other than tools/call, or a notification when the message has no id. */
export function buildMessage(
  target: WireTarget,
  method: string,
  params: Readonly<Record<string, unknown>>,
  session?: string,
): WireRequest {
  const id = method.startsWith('notifications/') ? {} : { id: FIRST_ID };
  const meta = target.era === 'modern' ? { _meta: modernMeta() } : {};
  const message = { jsonrpc: '2.0', ...id, method, params: { ...params, ...meta } };
  return frame(target, method, JSON.stringify(message), undefined, session);
}

/** Builds the request that ends a legacy session. */
export function buildDelete(target: WireTarget, session: string): WireRequest {
  const lines = [
    `DELETE ${target.path} HTTP/1.1`,
    `Host: ${target.host}`,
    `Mcp-Session-Id: ${session}`,
    `MCP-Protocol-Version: ${REVISIONS.legacy}`,
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return { bytes: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), idOffset: -1 };
}

function modernMeta(): Readonly<Record<string, unknown>> {
  return {
    'io.modelcontextprotocol/protocolVersion': REVISIONS.modern,
    'io.modelcontextprotocol/clientInfo': { name: 'bench-load', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
}

function frame(
  target: WireTarget,
  method: string,
  body: string,
  tool: string | undefined,
  session: string | undefined,
): WireRequest {
  const isModern = target.era === 'modern';
  const lines = [
    `POST ${target.path} HTTP/1.1`,
    `Host: ${target.host}`,
    'User-Agent: bench-load/1.0',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    // A legacy client learns the revision from initialize, so it cannot send it with it.
    ...(method === 'initialize' ? [] : [`MCP-Protocol-Version: ${REVISIONS[target.era]}`]),
    ...(isModern ? [`Mcp-Method: ${method}`] : []),
    ...(isModern && tool !== undefined ? [`Mcp-Name: ${tool}`] : []),
    ...(session === undefined ? [] : [`Mcp-Session-Id: ${session}`]),
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  const at = bytes.indexOf(`"id":${FIRST_ID}`);
  return { bytes, idOffset: at === -1 ? -1 : at + '"id":'.length };
}
