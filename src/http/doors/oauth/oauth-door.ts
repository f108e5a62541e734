import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizationServer } from '../../../identity/oauth/authorization-server.ts';
import { findResource, resourceMetadata } from '../../../identity/oauth/protected-resource.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { toProblem } from '../../listener/to-problem.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import type { Door } from '../../listener/door.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import { pathOf } from '../endpoint-paths.ts';

/** What the OAuth door is made from. */
export interface OAuthDoorContext {
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  /** The path under which a proxy shows the gateway: '' or '/…' without a slash at the end. */
  readonly basePath: string;
  /** Who makes tokens for this gateway; its own server, at the base URL, when there is one. */
  authorizationServers(baseUrl: string): readonly string[];
  /** The gateway's own server, loaded for its first client; absent where others do its work. */
  readonly authorizationServer?: () => Promise<AuthorizationServer>;
}

const RESOURCE_METADATA = '/.well-known/oauth-protected-resource';
const SERVER_METADATA = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
];
const SERVER = '/oauth/';
const METADATA_SECONDS = 60;

/**
 * What OAuth clients ask of a gateway: the metadata of its resources (RFC 9728), and the
 * authorization server with its own metadata (RFC 8414). All of it is public; browser pages of any
 * origin may ask, but only under a host name of the gateway.
 */
export class OAuthDoor implements Door {
  readonly #context: OAuthDoorContext;

  constructor(context: OAuthDoorContext) {
    this.#context = context;
  }

  owns(url: string): boolean {
    const path = pathOf(url);
    if (path.startsWith(SERVER)) return this.#context.authorizationServer !== undefined;
    return this.#below(RESOURCE_METADATA, path) !== undefined || this.#isServerMetadata(path);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { originGuard, baseUrlOf } = this.#context;
    try {
      const { host } = request.headers;
      if (!originGuard(host, undefined)) throw new GatewayError('origin_refused');
      const path = pathOf(request.url as string);
      const resource = this.#below(RESOURCE_METADATA, path);
      if (resource === undefined) await this.#ask(request, response, baseUrlOf(host), path);
      else this.#describe(request, response, baseUrlOf(host), resource);
    } catch (error) {
      refuse(response, error);
    }
  }

  #describe(
    { method = '' }: IncomingMessage,
    response: ServerResponse,
    baseUrl: string,
    path: string,
  ): void {
    if (method === 'OPTIONS') {
      response.writeHead(204, preflightHeaders).end();
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') throw new GatewayError('method_not_allowed');
    const resource = findResource(path);
    if (resource === undefined) throw new GatewayError('not_found');
    const servers = this.#context.authorizationServers(baseUrl);
    const body = JSON.stringify(resourceMetadata(resource, baseUrl, servers));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': `public, max-age=${METADATA_SECONDS}`,
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    response.end(method === 'HEAD' ? undefined : body);
  }

  async #ask(
    request: IncomingMessage,
    response: ServerResponse,
    baseUrl: string,
    path: string,
  ): Promise<void> {
    const { authorizationServer } = this.#context;
    if (authorizationServer === undefined) throw new GatewayError('not_found');
    // The issuer's path may stand behind the well-known part (RFC 8414 §3) or before it.
    const known = SERVER_METADATA.find((prefix) => this.#below(prefix, path) === '');
    if (known !== undefined) request.url = known;
    const server = await authorizationServer();
    const address = request.socket.remoteAddress ?? '';
    await server.serve({ request, response, baseUrl, address });
  }

  #isServerMetadata(path: string): boolean {
    if (this.#context.authorizationServer === undefined) return false;
    return SERVER_METADATA.some((prefix) => this.#below(prefix, path) === '');
  }

  /** What of a path stands below a well-known prefix, without the base path it may name first. */
  #below(prefix: string, path: string): string | undefined {
    if (!path.startsWith(prefix)) return undefined;
    const rest = path.slice(prefix.length);
    if (rest !== '' && !rest.startsWith('/')) return undefined;
    const { basePath } = this.#context;
    const isNamed = basePath !== '' && (rest === basePath || rest.startsWith(`${basePath}/`));
    return isNamed ? rest.slice(basePath.length) : rest;
  }
}

const preflightHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  // Clients of 2025-06-18 and later send their revision with every request.
  'access-control-allow-headers': 'mcp-protocol-version',
  'access-control-max-age': '3600',
};

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = toProblem(error);
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  });
  response.end(body);
}
