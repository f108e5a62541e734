import type { LiveService } from '../../catalog/live-service.ts';
import { PartialSnapshots } from '../../catalog/partial-snapshots.ts';
import type { NamedTarget, TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { limits } from '../../kernel/limits.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { requireTasks, taskMethods } from '../../mcp/tasks-extension.ts';
import type {
  Authenticated,
  Endpoint,
  Routed,
  SearchTarget,
  Target,
  TaskTarget,
  UpstreamTarget,
} from '../exchange.ts';
import { offersResources, offersSkills } from '../answers/capabilities.ts';
import { unknownTask, type TaskIds } from '../tasks/task-ids.ts';

/** Requests the gateway answers itself, on every endpoint. */
const OWN_METHODS: ReadonlySet<string> = new Set(['server/discover', 'subscriptions/listen']);

/** Requests the gateway answers itself where it speaks for several services. */
const LIST_METHODS: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'skills/list',
]);

/** Requests that name what they want by its URI. */
const URI_METHODS: ReadonlySet<string> = new Set([
  'resources/read',
  'skills/get',
  'resources/directory/read',
]);

const SKILL_METHODS: ReadonlySet<string> = new Set([
  'skills/list',
  'skills/get',
  'resources/directory/read',
]);

/** What requests are routed by. */
export interface RoutingTables {
  snapshotOf(tenant: TenantId): TenantSnapshot;
  /** Throws GatewayError `not_found`. */
  bundleSnapshotOf(tenant: TenantId, slug: string): TenantSnapshot;
}

/** Makes the routing step over the tenants' snapshots. */
export function createRoute(
  tables: RoutingTables,
  taskIds: TaskIds,
): (authenticated: Authenticated) => Routed {
  const parts = new PartialSnapshots();
  return (authenticated) => {
    const { endpoint, request, principal } = authenticated;
    const snapshot = snapshotFor(tables, parts, principal.tenant, endpoint);
    const target = taskMethods.has(request.method)
      ? routeTask(servicesOf(snapshot, endpoint), authenticated, taskIds)
      : routeTo(snapshot, endpoint, authenticated);
    return { ...authenticated, target };
  };
}

/** The tables of what the endpoint stands for. Throws GatewayError `not_found` (a bundle). */
function snapshotFor(
  tables: RoutingTables,
  parts: PartialSnapshots,
  tenant: TenantId,
  endpoint: Endpoint,
): TenantSnapshot {
  if (endpoint.kind === 'bundle') return tables.bundleSnapshotOf(tenant, endpoint.slug);
  const snapshot = tables.snapshotOf(tenant);
  return endpoint.kind === 'some' ? parts.of(snapshot, endpoint.slugs) : snapshot;
}

function servicesOf(snapshot: TenantSnapshot, endpoint: Endpoint): readonly LiveService[] {
  if (endpoint.kind !== 'service') return snapshot.services;
  return snapshot.services.filter(({ service }) => service.slug === endpoint.slug);
}

/** Only the id says where a task is; it has to lead to a service of this endpoint. */
function routeTask(
  services: readonly LiveService[],
  { request, principal }: Authenticated,
  taskIds: TaskIds,
): TaskTarget {
  requireTasks(request.client);
  const taskId = stringMember(request.params, 'taskId') ?? '';
  const task = taskIds.unwrap(taskId, principal);
  const live = services.find(({ service }) => service.id === task?.serviceId);
  if (task === undefined || live === undefined) throw unknownTask();
  return { kind: 'task', live, task, taskId };
}

function routeTo(
  snapshot: TenantSnapshot,
  endpoint: Endpoint,
  authenticated: Authenticated,
): Target {
  if (endpoint.kind === 'service') return routeToService(snapshot, endpoint.slug, authenticated);
  return routeToAll(snapshot, authenticated);
}

function routeToService(
  snapshot: TenantSnapshot,
  slug: string,
  { request }: Authenticated,
): Target {
  const live = snapshot.bySlug.get(slug);
  if (live === undefined) throw new GatewayError('not_found', 'There is no such service.');
  if (OWN_METHODS.has(request.method)) return { kind: 'gateway', snapshot, services: [live] };
  return upstream(live, request.params, nameIn(request.method, request.params));
}

function routeToAll(snapshot: TenantSnapshot, { request }: Authenticated): Target {
  const { method, params } = request;
  // A bundle holds what it names, and it names no skills.
  if (snapshot.bundle !== null && SKILL_METHODS.has(method)) throw unknownMethod(method);
  if (OWN_METHODS.has(method) || LIST_METHODS.has(method)) {
    return { kind: 'gateway', snapshot, services: snapshot.services };
  }
  switch (method) {
    case 'tools/call':
      return routeByName(snapshot.tools, 'tool', params);
    case 'prompts/get':
      return routeByName(snapshot.prompts, 'prompt', params);
    case 'resources/read':
      return routeByUri(snapshot, params, offersResources);
    case 'skills/get':
    case 'resources/directory/read':
      return routeByUri(snapshot, params, offersSkills);
    case 'completion/complete':
      return routeCompletion(snapshot, params);
    default:
      throw unknownMethod(method);
  }
}

function unknownMethod(method: string): GatewayError {
  return new GatewayError('method_not_found', `Method not found: ${method}`);
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

function routeByUri(
  snapshot: TenantSnapshot,
  params: JsonObject,
  offers: (live: LiveService) => boolean,
): UpstreamTarget | SearchTarget {
  const uri = stringMember(params, 'uri');
  if (uri === undefined) throw unknown('Resource not found: no URI was given');
  const owner = snapshot.resources.owner(uri);
  if (owner !== undefined && offers(owner)) return upstream(owner, params, uri);
  const searched = snapshot.bundle === null ? snapshot.services : [];
  const candidates = searched.filter(offers).slice(0, limits.candidatesMax);
  if (candidates.length === 0) throw unknown(`Resource not found: ${uri}`);
  return { kind: 'search', candidates, params, name: uri };
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
  if (URI_METHODS.has(method)) return stringMember(params, 'uri') ?? null;
  return stringMember(params, 'name') ?? null;
}

function upstream(live: LiveService, params: JsonObject, name: string | null): UpstreamTarget {
  return { kind: 'upstream', live, params, name };
}

function unknown(text: string): RpcError {
  return new RpcError(rpcCode.invalidParams, text);
}
