import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, stringMember, type JsonObject } from '../../../src/kernel/json.ts';

const PROTECTED = '/.well-known/oauth-protected-resource';
const modern = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' };
const capabilities = { tools: {}, resources: {}, prompts: {} };

/**
 * A service at every address below /mcp/ that wants an account, and the authorization server of
 * those accounts, on one port. A code `code-ada` is good for a token of the account `ada`.
 */
export class EvilAccounts implements AsyncDisposable {
  /** Instead of what the metadata of the authorization server would say. */
  metadata: JsonObject = {};
  /** Instead of the parameters of the challenge. */
  challenge: string | undefined;
  /** Requests to the token endpoint. */
  tokensAsked = 0;
  /** Calls, resources read and prompts got. */
  uses = 0;
  readonly #prefix: string;
  readonly #accounts = new Map<string, string>();
  readonly #server: Server;

  private constructor(prefix: string) {
    this.#prefix = prefix;
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => this.#answer(request, Buffer.concat(pieces).toString(), response));
      request.on('error', () => {});
    });
  }

  /** Starts it; every token it gives begins with the prefix. */
  static async start(prefix: string): Promise<EvilAccounts> {
    const accounts = new EvilAccounts(prefix);
    accounts.#server.listen(0, '127.0.0.1');
    await once(accounts.#server, 'listening');
    return accounts;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Behaves again. */
  reset(): void {
    this.metadata = {};
    this.challenge = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    const send = (value: JsonObject, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (pathname.startsWith(PROTECTED)) {
      const resource = this.origin + pathname.slice(PROTECTED.length);
      send({ resource, authorization_servers: [this.origin], scopes_supported: ['read'] });
    } else if (pathname === '/.well-known/oauth-authorization-server') send(this.#metadata());
    else if (pathname === '/register') send({ ...objectOf(body), client_id: 'gateway' }, 201);
    else if (pathname === '/token') send(this.#token(new URLSearchParams(body)));
    else if (pathname.startsWith('/mcp/')) this.#serve(request, objectOf(body), response);
    else send({}, 404);
  }

  #metadata(): JsonObject {
    const { origin } = this;
    return {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      token_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }

  #token(form: URLSearchParams): JsonObject {
    this.tokensAsked++;
    const account = (form.get('code') ?? 'code-nobody').slice('code-'.length);
    const token = `${this.#prefix}-${this.tokensAsked}`;
    this.#accounts.set(token, account);
    return { access_token: token, token_type: 'Bearer', expires_in: 3_600, scope: 'read' };
  }

  #serve(request: IncomingMessage, message: JsonObject, response: ServerResponse): void {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    const account = this.#accounts.get(token);
    if (account === undefined) {
      const named = `resource_metadata="${this.origin}${PROTECTED}${request.url ?? ''}"`;
      const challenge = `Bearer scope="read", ${this.challenge ?? named}`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return;
    }
    const { id } = message;
    if (id === undefined) return void response.writeHead(202).end();
    const answer = resultOf(message, account);
    if (/call|read|get/.test(stringMember(message, 'method') ?? '')) this.uses++;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  }
}

function resultOf({ method, params }: JsonObject, account: string): JsonObject {
  const content = { type: 'text', text: `I am ${account}` };
  const uri = isJsonObject(params) ? (params['uri'] ?? '') : '';
  switch (method) {
    case 'server/discover':
      return { result: { ...modern, supportedVersions: ['2026-07-28'], capabilities } };
    case 'tools/list':
      return { result: { ...modern, tools: [{ name: 'who', inputSchema: { type: 'object' } }] } };
    case 'resources/list':
      return { result: { ...modern, resources: [{ uri: 'diary://mine', name: 'mine' }] } };
    case 'resources/templates/list':
      return { result: { ...modern, resourceTemplates: [] } };
    case 'prompts/list':
      return { result: { ...modern, prompts: [{ name: 'mine' }] } };
    case 'tools/call':
      return { result: { ...modern, content: [content] } };
    case 'resources/read':
      return { result: { ...modern, contents: [{ uri, text: content.text }] } };
    case 'prompts/get':
      return { result: { ...modern, messages: [{ role: 'user', content }] } };
    default:
      return { error: { code: -32601, message: 'Method not found' } };
  }
}

function objectOf(text: string): JsonObject {
  const value: unknown = text === '' ? {} : JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
