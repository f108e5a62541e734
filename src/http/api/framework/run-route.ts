import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { API_RESOURCE } from '../../../kernel/principal.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import { type Client, clientOf } from '../../listener/edge/client-of.ts';
import type { ApiDeps } from './api-deps.ts';
import { controlAct } from './control-act.ts';
import { type Caller, identify } from './identify.ts';
import type { ApiRoute } from './define-route.ts';
import { wantedVersion } from './entity-tag.ts';
import { fieldErrors } from './field-errors.ts';
import { type FieldError, fieldProblem } from './problem.ts';
import { readBody } from './read-body.ts';

/**
 * Runs one request through a route: who, may they, what exactly, then the handler. The body is
 * not touched before the caller is known.
 */
export async function runRoute(
  deps: ApiDeps,
  route: ApiRoute,
  request: Request,
  pathParams: Readonly<Record<string, string>>,
  incoming?: Pick<IncomingMessage, 'headers' | 'socket'>,
): Promise<Response> {
  const client: Client =
    incoming === undefined ? { address: '', isEncrypted: false } : clientOf(incoming);
  if (route.rateBounded === true) deps.signInRate(client.address);
  const caller =
    route.permission === 'public'
      ? undefined
      : await identify(deps, request, client, incoming?.headers);
  return await runFor(deps, route, { caller, client, request, pathParams });
}

/** A request of somebody who is known. */
export interface KnownRequest {
  /** Undefined on a public route. */
  readonly caller: Caller | undefined;
  readonly client: Client;
  readonly request: Request;
  readonly pathParams: Readonly<Record<string, string>>;
}

/** Runs a request whose caller is known: may they, what exactly, then the handler. */
export async function runFor(
  deps: ApiDeps,
  route: ApiRoute,
  { caller, client, request, pathParams }: KnownRequest,
): Promise<Response> {
  const principal = caller?.principal;
  const act =
    principal === undefined || route.method === 'get'
      ? undefined
      : controlAct(deps, route, principal, pathParams);
  try {
    if (caller !== undefined) await checkPermission(deps, route, caller);
    const params = readParams(route, pathParams);
    const query = readQuery(route, new URL(request.url).searchParams);
    const body = await readChecked(route, request);
    const isVersioned = act !== undefined && route.versioned === true;
    const ifVersion = isVersioned ? wantedVersion(request.headers) : undefined;
    await act?.begin(route.actDetail?.(query));
    const checked = { principal, params, query, body, ifVersion, session: caller?.session };
    const response = await route.handle({ ...checked, request, client });
    await act?.end(response);
    return response;
  } catch (error) {
    await act?.fail(error);
    throw error;
  }
}

/**
 * The control plane is one resource; what an operation of it needs is a scope of its own. Undefined
 * where no token of a client would help.
 */
export function apiPlace(
  { baseUrlOf }: Pick<ApiDeps, 'baseUrlOf'>,
  request: Request,
  { permission }: ApiRoute,
): ResourcePlace | undefined {
  if (permission === 'public' || permission === 'self') return undefined;
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return { baseUrl: baseUrlOf(host), path: API_RESOURCE, permission };
}

async function checkPermission(
  { authentication }: ApiDeps,
  { permission }: ApiRoute,
  { principal, session }: Caller,
): Promise<void> {
  if (permission === 'public' || permission === 'admitted') return;
  if (permission === 'self') {
    if (session !== undefined || (await authentication.isLogin(principal))) return;
    throw new GatewayError('forbidden', 'This needs a login of your own, not a key.');
  }
  if (principal.permissions.actions.has(permission)) return;
  throw new GatewayError('forbidden', `This needs the permission ${permission}.`, { permission });
}

function readParams(route: ApiRoute, given: Readonly<Record<string, string>>): unknown {
  if (route.params === undefined) return {};
  const parsed = route.params.safeParse(given);
  if (!parsed.success) throw new GatewayError('not_found');
  return parsed.data;
}

function readQuery(route: ApiRoute, given: URLSearchParams): unknown {
  // A cache-busting parameter on a public page or probe does no harm.
  if (route.permission === 'public' && route.query === undefined) return {};
  const names = [...new Set(given.keys())];
  const repeated = names.filter((name) => given.getAll(name).length > 1);
  if (repeated.length > 0) throw fieldProblem(repeated.map(onlyOnce));
  if (route.query === undefined) {
    if (names.length > 0) throw fieldProblem(names.map(unknownParameter));
    return {};
  }
  const parsed = route.query.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw fieldProblem(fieldErrors(parsed.error, route.query));
  return parsed.data;
}

const onlyOnce = (field: string): FieldError => ({
  field,
  problem: 'is given more than once',
  fix: 'Give it once.',
});

const unknownParameter = (field: string): FieldError => ({
  field,
  problem: 'is not a known parameter',
  fix: 'Remove it; this takes none.',
});

/** Whoever is not known yet may send little. */
function bytesMaxOf({ rateBounded }: ApiRoute): number {
  return rateBounded === true ? limits.signInBodyBytesMax : limits.requestBodyBytesMax;
}

async function readChecked(route: ApiRoute, request: Request): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const value = await readBody(request, {
    bytesMax: route.body.bytesMax ?? bytesMaxOf(route),
    depthMax: route.body.depthMax ?? limits.jsonDepthMax,
    mediaType: route.body.mediaType,
    keepsDigits: route.body.keepsDigits,
  });
  const schema = route.body.form?.(value) ?? route.body.schema;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fieldProblem(fieldErrors(parsed.error, schema));
  return parsed.data;
}
