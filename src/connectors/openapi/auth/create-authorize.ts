import { GatewayError } from '../../../kernel/errors.ts';
import type { BuiltRequest } from '../request/build-request.ts';
import { fillSecrets } from '../../../upstream/fill-secrets.ts';
import type { Credential } from './credential.ts';
import type { RequestPlan } from '../model/request-plan.ts';
import type { SecurityAlternative, SecurityScheme } from '../model/operation-source.ts';
import type { TokenSource } from './oauth-tokens.ts';
import { percentEncode, percentEncodeName } from '../request/percent-encode.ts';

/** Adds what proves the service's identity to a request; no caller has a say in it. */
export type Authorize = (request: BuiltRequest, plan: RequestPlan) => Promise<BuiltRequest>;

/** The part of a service's configuration that proves its identity. */
export interface AuthorizeSettings {
  readonly credentials?: Readonly<Record<string, Credential>> | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What authorizing needs besides the configuration. */
export interface AuthorizeContext {
  readonly schemes: Readonly<Record<string, SecurityScheme>>;
  /** The origins that credentials belong to. */
  readonly origins: ReadonlySet<string>;
  readonly secret: (name: string) => Promise<string>;
  readonly tokens: TokenSource;
}

interface Additions {
  readonly headers: Map<string, string>;
  readonly query: Map<string, string>;
  readonly cookies: Map<string, string>;
}

/**
 * Makes the function that authenticates requests. Credentials go only to the origins they were
 * configured for; an operation on another server gets none.
 */
export function createAuthorize(config: AuthorizeSettings, context: AuthorizeContext): Authorize {
  const credentials = config.credentials ?? {};
  return async (request, plan) => {
    if (!context.origins.has(new URL(request.url).origin)) return request;
    const additions: Additions = { headers: new Map(), query: new Map(), cookies: new Map() };
    for (const [name, value] of Object.entries(config.headers ?? {})) {
      additions.headers.set(name.toLowerCase(), await fillSecrets(value, context.secret));
    }
    for (const { scheme, scopes } of chooseAlternative(plan.security, credentials)) {
      const credential = own(credentials, scheme);
      if (credential === undefined) continue;
      const kind = own(context.schemes, scheme) ?? { type: 'other', name: scheme };
      await addCredential(additions, kind, credential, scopes, context);
    }
    return withAdditions(request, additions);
  };
}

/** The first alternative whose schemes are all configured; none when nothing fits. */
function chooseAlternative(
  alternatives: readonly SecurityAlternative[],
  credentials: Readonly<Record<string, Credential>>,
): SecurityAlternative {
  const complete = alternatives.filter((alternative) =>
    alternative.every(({ scheme }) => Object.hasOwn(credentials, scheme)),
  );
  return complete.find((alternative) => alternative.length > 0) ?? complete[0] ?? [];
}

async function addCredential(
  additions: Additions,
  scheme: SecurityScheme,
  credential: Credential,
  scopes: readonly string[],
  context: AuthorizeContext,
): Promise<void> {
  // What each user has for themselves is added on the way out.
  if ('type' in credential) return;
  if ('clientId' in credential) {
    const tokenUrl =
      credential.tokenUrl ?? (scheme.type === 'oauth2' ? scheme.tokenUrl : undefined);
    if (tokenUrl === undefined) throw misfit('needs a "tokenUrl"');
    const wanted = credential.scopes ?? scopes;
    const token = await context.tokens.get(credential, tokenUrl, wanted);
    additions.headers.set('authorization', `Bearer ${token}`);
    return;
  }
  if ('username' in credential) {
    const user = await fillSecrets(credential.username, context.secret);
    const password = await fillSecrets(credential.password, context.secret);
    const pair = Buffer.from(`${user}:${password}`).toString('base64');
    additions.headers.set('authorization', `Basic ${pair}`);
    return;
  }
  const value = await fillSecrets(credential.value, context.secret);
  if (/[\r\n\0]/.test(value)) throw misfit('must not contain line breaks');
  switch (scheme.type) {
    case 'apiKey':
      if (scheme.in === 'query') additions.query.set(scheme.name, value);
      else if (scheme.in === 'cookie') additions.cookies.set(scheme.name, value);
      else additions.headers.set(scheme.name.toLowerCase(), value);
      return;
    case 'basic':
      additions.headers.set('authorization', `Basic ${value}`);
      return;
    case 'http':
      additions.headers.set('authorization', `${scheme.scheme} ${value}`);
      return;
    default:
      additions.headers.set('authorization', `Bearer ${value}`);
  }
}

function withAdditions(request: BuiltRequest, additions: Additions): BuiltRequest {
  const headers = new Map([...Object.entries(request.headers), ...additions.headers]);
  if (additions.cookies.size > 0) {
    const kept = (headers.get('cookie') ?? '')
      .split('; ')
      .filter((pair) => pair !== '' && !additions.cookies.has(pair.split('=', 1)[0] ?? ''));
    const added = [...additions.cookies].map(([name, value]) => `${name}=${percentEncode(value)}`);
    headers.set('cookie', [...kept, ...added].join('; '));
  }
  return {
    ...request,
    url: withQuery(request.url, additions.query),
    headers: Object.fromEntries(headers),
  };
}

/** A key in the query replaces whatever an argument put under its name. */
function withQuery(url: string, query: ReadonlyMap<string, string>): string {
  if (query.size === 0) return url;
  const question = url.indexOf('?');
  const path = question === -1 ? url : url.slice(0, question);
  const taken = new Set([...query.keys()].map((name) => percentEncodeName(name)));
  const kept = (question === -1 ? '' : url.slice(question + 1))
    .split('&')
    .filter((pair) => pair !== '' && !taken.has(pair.split('=', 1)[0] ?? ''));
  const added = [...query].map(
    ([name, value]) => `${percentEncodeName(name)}=${percentEncode(value)}`,
  );
  return `${path}?${[...kept, ...added].join('&')}`;
}

const own = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

const misfit = (problem: string): GatewayError =>
  new GatewayError('invalid_configuration', `A credential of this service ${problem}.`);
