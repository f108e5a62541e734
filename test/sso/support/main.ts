import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/**
 * A provider of OpenID Connect as a process of its own; prints its issuer. `POST /person` sets who
 * signs in next: its subject and further claims. `POST /logout` tells the gateway that the login
 * of a subject is over.
 */
interface Person {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

let person: Person = { sub: 'nobody', claims: {} };
const [, , clientId = 'gateway', secret = 'CANARY-client-secret', back = ''] = process.argv;
const server = createServer();
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const claimsOf = new Map<string, Person['claims']>();
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: secret,
      redirect_uris: [`${back}/auth/sso/callback`],
      token_endpoint_auth_method: 'client_secret_post',
      backchannel_logout_uri: `${back}/auth/sso/backchannel-logout`,
      backchannel_logout_session_required: true,
    },
  ],
  claims: { openid: ['sub', 'groups', 'hd'], profile: ['name'] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
  },
  interactions: { url: (_context, { uid }) => `/agree/${uid}` },
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: () => ({ sub, ...claimsOf.get(sub) }),
  }),
  // Its own asks no address of this machine.
  fetch: (url, options) => {
    const plain: RequestInit & { dispatcher?: unknown } = { ...options };
    delete plain.dispatcher;
    return fetch(url, plain);
  },
  pkce: { required: () => true },
  cookies: { keys: ['a test needs no secret'] },
});
const serve = provider.callback();

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}

/** Tells the gateway that a login is over, as the provider does when a person logs out. */
async function tellLogout({ sub, sid }: Record<string, unknown>): Promise<void> {
  const client = await provider.Client.find(clientId);
  const tell = client?.['backchannelLogout'] as (sub: string, sid: string) => Promise<void>;
  await tell.call(client, String(sub), String(sid));
}

server.on('request', (request, response) => {
  const url = request.url ?? '';
  const json = (value: unknown): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const work = async (): Promise<void> => {
    if (url === '/person') {
      person = (await bodyOf(request)) as unknown as Person;
      claimsOf.set(person.sub, person.claims);
      json({});
    } else if (url === '/logout') {
      await tellLogout(await bodyOf(request));
      json({});
    } else if (url.startsWith('/agree/')) {
      const { params } = await provider.interactionDetails(request, response);
      const accountId = person.sub;
      const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
      grant.addOIDCScope(String(params['scope']));
      const consent = { grantId: await grant.save() };
      await provider.interactionFinished(request, response, { login: { accountId }, consent });
    } else await serve(request, response);
  };
  work().catch((error: unknown) => response.writeHead(500).end(String(error)));
});

process.stdout.write(`${JSON.stringify({ issuer })}\n`);
// With its parent it ends even when the test is killed.
process.stdin.resume().on('end', () => process.exit(0));
