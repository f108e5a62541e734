import type { LiveService } from '../../catalog/live-service.ts';
import { PartialSnapshots } from '../../catalog/partial-snapshots.ts';
import type { NamedTarget, TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type {
  Authenticated,
  Endpoint,
  GatewayTarget,
  Routed,
  UpstreamTarget,
} from '../exchange.ts';

/** Requests the gateway answers itself, on every endpoint. */
const OWN_METHODS: ReadonlySet<string> = new Set(['server/discover', 'subscriptions/listen']);

/** Requests the gateway answers itself where it speaks for several services. */
const LIST_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);

/** Makes the routing step over the tenants' snapshots. */
export function createRoute(
  snapshotOf: (tenant: TenantId) => TenantSnapshot,
): (authenticated: Authenticated) => Routed {
  const parts = new PartialSnapshots();
  return (authenticated) => {
    const snapshot = snapshotOf(authenticated.principal.tenant);
    const { endpoint } = authenticated;
    return { ...authenticated, target: routeTo(snapshot, endpoint, authenticated, parts) };
  };
}

function routeTo(
  snapshot: TenantSnapshot,
  endpoint: Endpoint,
  authenticated: Authenticated,
  parts: PartialSnapshots,
): UpstreamTarget | GatewayTarget {
  switch (endpoint.kind) {
    case 'all':
      return routeToAll(snapshot, authenticated);
    case 'some':
      return routeToAll(parts.of(snapshot, endpoint.slugs), authenticated);
    case 'service':
      return routeToService(snapshot, endpoint.slug, authenticated);
    case 'bundle':
      throw new GatewayError('not_found', 'There is no such bundle.');
  }
}

function routeToService(
  snapshot: TenantSnapshot,
  slug: string,
  { request }: Authenticated,
): UpstreamTarget | GatewayTarget {
  const live = snapshot.bySlug.get(slug);
  if (live === undefined) throw new GatewayError('not_found', 'There is no such service.');
  if (OWN_METHODS.has(request.method)) return { kind: 'gateway', snapshot, services: [live] };
  return upstream(live, request.params, nameIn(request.method, request.params));
}

function routeToAll(
  snapshot: TenantSnapshot,
  { request }: Authenticated,
): UpstreamTarget | GatewayTarget {
  const { method, params } = request;
  if (OWN_METHODS.has(method) || LIST_METHODS.has(method)) {
    return { kind: 'gateway', snapshot, services: snapshot.services };
  }
  switch (method) {
    case 'tools/call':
      return routeByName(snapshot.tools, 'tool', params);
    case 'prompts/get':
      return routeByName(snapshot.prompts, 'prompt', params);
    case 'resources/read':
      return routeByUri(snapshot, params);
    case 'completion/complete':
      return routeCompletion(snapshot, params);
    default:
      throw new GatewayError('method_not_found', `Method not found: ${method}`);
  }
}

function routeByName(
  targets: ReadonlyMap<string, NamedTarget>,
  what: string,
  params: JsonObject,
): UpstreamTarget {
  const name = stringMember(params, 'name');
  const target = name === undefined ? undefined : targets.get(name);
  if (target === undefined) throw unknown(`Unknown ${what}: ${name ?? 'no name was given'}`);
  return upstream(target.live, { ...params, name: target.name }, target.name);
}

function routeByUri(snapshot: TenantSnapshot, params: JsonObject): UpstreamTarget {
  const uri = stringMember(params, 'uri');
  const live = uri === undefined ? undefined : snapshot.resources.owner(uri);
  if (live === undefined) throw unknown(`Resource not found: ${uri ?? 'no URI was given'}`);
  return upstream(live, params, uri ?? null);
}

function routeCompletion(snapshot: TenantSnapshot, params: JsonObject): UpstreamTarget {
  const ref = objectMember(params, 'ref') ?? {};
  if (ref['type'] === 'ref/prompt') {
    const target = snapshot.prompts.get(stringMember(ref, 'name') ?? '');
    if (target === undefined) throw unknown('Unknown prompt');
    const renamed = { ...params, ref: { ...ref, name: target.name } };
    return upstream(target.live, renamed, target.name);
  }
  const uri = stringMember(ref, 'uri');
  const live = uri === undefined ? undefined : snapshot.resources.owner(uri);
  if (live === undefined) throw unknown('Unknown resource');
  return upstream(live, params, uri ?? null);
}

function nameIn(method: string, params: JsonObject): string | null {
  if (method === 'resources/read') return stringMember(params, 'uri') ?? null;
  return stringMember(params, 'name') ?? null;
}

function upstream(live: LiveService, params: JsonObject, name: string | null): UpstreamTarget {
  return { kind: 'upstream', live, params, name };
}

function unknown(text: string): RpcError {
  return new RpcError(rpcCode.invalidParams, text);
}
