import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenHolder } from './authorization-server.ts';

interface Message {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly uri?: string };
}

/** What the service saw of its clients, for the test to look at. */
export interface Seen {
  /** Every header of every request, as text. */
  readonly headers: string[];
  calls: number;
}

/** An MCP server of both eras that serves only who has a token of the authorization server. */
export interface ProtectedService {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const tools = ['whoami', 'write'].map((name) => ({ name, inputSchema: { type: 'object' } }));
const capabilities = { tools: {}, resources: {} };
const serverInfo = { name: 'diary', version: '1' };

/** Makes one. */
export function createProtectedService(
  origin: string,
  look: (token: string) => Promise<TokenHolder | undefined>,
  seen: Seen,
): ProtectedService {
  /** Legacy sessions belong to the account that opened them. */
  const sessions = new Map<string, string>();
  return {
    handle: async (request, response) => {
      seen.headers.push(JSON.stringify(request.headers));
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      const holder = token === undefined ? undefined : await look(token);
      if (holder === undefined) return refuse(response, 401, `scope="read"`, origin);
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const message = JSON.parse(await bodyOf(request)) as Message;
      const sessionId = request.headers['mcp-session-id'];
      if (typeof sessionId === 'string' && sessions.get(sessionId) !== holder.account) {
        return void response.writeHead(404).end();
      }
      if (message.method === 'tools/call') seen.calls++;
      if (message.params?.name === 'write' && !holder.scopes.includes('write')) {
        return refuse(response, 403, `error="insufficient_scope", scope="write"`, origin);
      }
      if (message.id === undefined) return void response.writeHead(202).end();
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (message.method === 'initialize') {
        const id = `session-${sessions.size + 1}`;
        sessions.set(id, holder.account);
        headers['mcp-session-id'] = id;
      }
      const result = resultOf(message, holder);
      response.writeHead(200, headers);
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...result }));
    },
  };
}

function resultOf({ method, params }: Message, { account, scopes }: TokenHolder): object {
  const modern = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
  switch (method) {
    case 'server/discover':
      return { result: { ...modern, supportedVersions: ['2026-07-28'], capabilities, serverInfo } };
    case 'initialize':
      return { result: { protocolVersion: '2025-11-25', capabilities, serverInfo } };
    case 'tools/list':
      return { result: { ...modern, tools } };
    case 'resources/list':
      return { result: { ...modern, resources: [{ uri: 'diary://mine', name: 'mine' }] } };
    case 'resources/templates/list':
      return { result: { ...modern, resourceTemplates: [] } };
    case 'resources/read':
      return { result: { ...modern, contents: [{ uri: params?.uri, text: account }] } };
    case 'tools/call': {
      const text = `${account} ${scopes.toSorted().join(' ')}`;
      return { result: { ...modern, content: [{ type: 'text', text }] } };
    }
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

function refuse(response: ServerResponse, status: number, what: string, origin: string): void {
  const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
  const challenge = `Bearer ${what}, resource_metadata="${metadata}"`;
  response.writeHead(status, { 'www-authenticate': challenge }).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
