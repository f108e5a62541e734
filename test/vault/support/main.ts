import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthorizationServer } from './authorization-server.ts';
import { createProtectedService, type Seen } from './protected-service.ts';

/**
 * The authorization server and the service on one port each; prints their addresses. `GET /seen` of
 * the service tells what it saw, `POST /life/{seconds}` sets how long tokens live from then on.
 */
const seen: Seen = { headers: [], calls: 0 };
let lifeSeconds = 3_600;

const issuing = createServer();
const serving = createServer();
const address = async (server: typeof issuing): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
};
const issuer = await address(issuing);
const origin = await address(serving);
const resource = `${origin}/mcp`;
const authorization = createAuthorizationServer(issuer, resource, () => lifeSeconds);
const service = createProtectedService(origin, (token) => authorization.look(token), seen);

issuing.on('request', (request, response) => void authorization.handle(request, response));
serving.on('request', (request, response) => {
  const url = request.url ?? '';
  const json = (value: unknown): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  if (url === '/seen') json({ ...seen, refreshes: authorization.refreshes() });
  else if (url.startsWith('/life/')) {
    lifeSeconds = Number(url.slice('/life/'.length));
    json({});
  } else if (url.startsWith('/.well-known/oauth-protected-resource')) {
    json({ resource, authorization_servers: [issuer], scopes_supported: ['read', 'write'] });
  } else void service.handle(request, response);
});

process.stdout.write(`${JSON.stringify({ issuer, resource, origin })}\n`);
// With its parent it ends even when the test is killed.
process.stdin.resume().on('end', () => process.exit(0));
