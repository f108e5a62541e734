import { errorRegistry, GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { ApiDeps } from './api-deps.ts';
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
): Promise<Response> {
  const principal = route.permission === 'public' ? undefined : await identify(deps, request);
  const isChange = principal !== undefined && route.method !== 'get';
  try {
    if (principal !== undefined) checkPermission(route, principal);
    const params = readParams(route, pathParams);
    const query = readQuery(route, new URL(request.url).searchParams);
    const body = await readChecked(route, request);
    const ifVersion =
      isChange && route.versioned === true ? wantedVersion(request.headers) : undefined;
    const response = await route.handle({ principal, params, query, body, ifVersion });
    if (isChange) noteChange(deps, route, principal, pathParams, response.status);
    return response;
  } catch (error) {
    const status = error instanceof GatewayError ? error.status : errorRegistry.internal.status;
    if (isChange) noteChange(deps, route, principal, pathParams, status);
    throw error;
  }
}

async function identify(deps: ApiDeps, request: Request): Promise<Principal> {
  const token = credentialHeader({
    authorization: request.headers.get('authorization') ?? undefined,
    'x-api-key': request.headers.get('x-api-key') ?? undefined,
  });
  if (token === undefined) throw new GatewayError('unauthenticated');
  return deps.admit(token);
}

function checkPermission({ permission }: ApiRoute, { permissions }: Principal): void {
  if (permission === 'public' || permissions.actions.has(permission)) return;
  throw new GatewayError('forbidden', `This needs the permission ${permission}.`);
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

async function readChecked(route: ApiRoute, request: Request): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const value = await readBody(request, {
    bytesMax: route.body.bytesMax ?? limits.requestBodyBytesMax,
    depthMax: route.body.depthMax ?? limits.jsonDepthMax,
  });
  const schema = route.body.form?.(value) ?? route.body.schema;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fieldProblem(fieldErrors(parsed.error, schema));
  return parsed.data;
}

/** Every attempt to change something leaves a line: who, what, on what, with which result. */
function noteChange(
  deps: ApiDeps,
  route: ApiRoute,
  principal: Principal,
  pathParams: Readonly<Record<string, string>>,
  status: number,
): void {
  deps.log.info(
    {
      operation: route.operationIds[0],
      target: Object.values(pathParams).join('/'),
      tenant: principal.tenant,
      userId: principal.subject.id,
      credentialId: principal.credentialId,
      status,
    },
    'control plane change',
  );
}
