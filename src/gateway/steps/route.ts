import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { PartialSnapshots } from '../../catalog/partial-snapshots.ts';
import type { NamedTarget, TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { Visibility } from '../../catalog/visibility.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../kernel/json.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Principal } from '../../kernel/principal.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpRequest } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { shownName } from '../../mcp/wire/shown-name.ts';
import { requireTasks, taskMethods } from '../../mcp/tasks-extension.ts';
import type {
  Admitted,
  Endpoint,
  Routed,
  SearchTarget,
  Target,
  TaskTarget,
  UpstreamTarget,
} from '../exchange.ts';
import { offersResources, showsSkills } from '../answers/capabilities.ts';
import type { RequestStates, ResumedState } from '../request-state.ts';
import {
  attributesOf,
  isPaid,
  isReportAsked,
  type AskedFacts,
  type AskedFactsOf,
} from '../usage-facts.ts';
import type { RoutingTables } from '../routing-tables.ts';
import { unknownTask, type TaskIds } from '../tasks/task-ids.ts';
import { keyedWorkId } from '../idempotency/idempotency-key.ts';
import { resumeTarget } from './resume.ts';

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

/** What routing needs. */
export interface RouteContext extends RoutingTables {
  readonly taskIds: TaskIds;
  readonly states: RequestStates;
  readonly ids: IdSource;
  /** What billing rules ask of calls; without it nothing. */
  readonly askedFactsOf?: AskedFactsOf;
}

/** Makes the routing step over the callers' views. */
export function createRoute(context: RouteContext): (admitted: Admitted) => Routed {
  const parts = new PartialSnapshots();
  return (admitted) => {
    const { endpoint, request, principal } = admitted;
    const view = viewFor(context, parts, principal, endpoint);
    const attemptId = context.ids.next('use');
    const asked = context.askedFactsOf?.(principal.tenant);
    if (taskMethods.has(request.method)) {
      const target = routeTask(servicesOf(view, endpoint), admitted, context.taskIds);
      const { workId } = target.task.call;
      const { attributes } = target.task.call;
      return routed(admitted, target, attemptId, workId, attributes, asked, undefined);
    }
    const target = routeTo(view, endpoint, admitted, parts);
    if (isResumable(target) && target.params['requestState'] !== undefined) {
      const { target: exact, resumed } = resumeTarget(admitted, target, context.states);
      const attributes = attributesOf(asked, admitted, exact);
      return routed(admitted, exact, attemptId, resumed.workId, attributes, asked, resumed);
    }
    const workId = keyedWorkId(admitted) ?? attemptId;
    const attributes = attributesOf(asked, admitted, target);
    return routed(admitted, target, attemptId, workId, attributes, asked, undefined);
  };
}

/** Written member by member: every exchange gets one, and a spread costs several times as much. */
function routed(
  admitted: Admitted,
  target: Target,
  attemptId: string,
  workId: string,
  attributes: string | null,
  asked: AskedFacts | undefined,
  resumed: ResumedState | undefined,
): Routed {
  return {
    principal: admitted.principal,
    endpoint: admitted.endpoint,
    request: admitted.request,
    io: admitted.io,
    bytesIn: admitted.bytesIn,
    sessionId: admitted.sessionId,
    headers: admitted.headers,
    answer: admitted.answer,
    startedAtMs: admitted.startedAtMs,
    startedMonotonicMs: admitted.startedMonotonicMs,
    target,
    attemptId,
    workId,
    attributes,
    isReportAsked: isReportAsked(asked, admitted.request.method, target),
    isPaid: isPaid(asked, admitted.request.method, target),
    resumed,
  };
}

function isResumable(target: Target): target is UpstreamTarget | SearchTarget {
  return target.kind === 'upstream' || target.kind === 'search';
}

/** The tables of what the endpoint stands for. Throws GatewayError `not_found` (a bundle). */
function viewFor(
  tables: RoutingTables,
  parts: PartialSnapshots,
  principal: Principal,
  endpoint: Endpoint,
): TenantSnapshot {
  if (endpoint.kind === 'bundle') return tables.bundleViewOf(principal, endpoint.slug);
  const view = tables.viewOf(principal);
  return endpoint.kind === 'some' ? parts.of(view, endpoint.slugs) : view;
}

function servicesOf(snapshot: TenantSnapshot, endpoint: Endpoint): readonly ServiceRuntime[] {
  if (endpoint.kind !== 'service') return snapshot.services;
  return snapshot.services.filter(({ service }) => service.slug === endpoint.slug);
}

/** Only the id says where a task is; it has to lead to a service of this endpoint. */
function routeTask(
  services: readonly ServiceRuntime[],
  { request, principal }: Admitted,
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
  view: TenantSnapshot,
  endpoint: Endpoint,
  admitted: Admitted,
  parts: PartialSnapshots,
): Target {
  if (endpoint.kind !== 'service') return routeToAll(view, admitted);
  const live = view.bySlug.get(endpoint.slug);
  if (live === undefined) throw new GatewayError('not_found', 'There is no such service.');
  const { method, params } = admitted.request;
  if (OWN_METHODS.has(method)) return { kind: 'gateway', snapshot: view, services: [live] };
  const name = nameIn(method, params);
  if (method === 'tools/call' && !live.mayCall(name ?? '')) throw unknownName('tool', name);
  const isOurs = live.isListedHere && LIST_METHODS.has(method) && method !== 'skills/list';
  if (isOurs || (method === 'tools/list' && view.annotated !== undefined)) {
    return { kind: 'gateway', snapshot: parts.identityOf(view, live), services: [live] };
  }
  if (view.visibility.isWhole(live)) return upstream(live, params, name);
  return routeToPart(view, live, admitted.request, parts);
}

/** Of a service that its caller sees in part only what is seen is there, under its own names. */
function routeToPart(
  view: TenantSnapshot,
  live: ServiceRuntime,
  { method, params }: McpRequest,
  parts: PartialSnapshots,
): Target {
  if (SKILL_METHODS.has(method)) throw unknownMethod(method);
  if (LIST_METHODS.has(method)) {
    return { kind: 'gateway', snapshot: parts.identityOf(view, live), services: [live] };
  }
  const { visibility } = view;
  const name = nameIn(method, params);
  switch (method) {
    case 'tools/call':
      if (visibility.shows(live, 'tools', { name: name ?? '' })) break;
      throw unknownName('tool', name);
    case 'prompts/get':
      if (visibility.shows(live, 'prompts', { name: name ?? '' })) break;
      throw unknownName('prompt', name);
    case 'resources/read':
      if (visibility.reaches(live, name ?? '')) break;
      throw unknown(`Resource not found: ${name === null ? 'no URI was given' : shownName(name)}`);
    case 'completion/complete':
      return routePartCompletion(view, live, params);
    default:
      throw unknownMethod(method);
  }
  return upstream(live, params, name);
}

function routePartCompletion(
  { visibility }: TenantSnapshot,
  live: ServiceRuntime,
  params: JsonObject,
): UpstreamTarget {
  const ref = objectMember(params, 'ref') ?? {};
  const name = stringMember(ref, 'name') ?? '';
  const uri = stringMember(ref, 'uri') ?? '';
  if (ref['type'] === 'ref/prompt') {
    if (visibility.shows(live, 'prompts', { name })) return upstream(live, params, name);
    throw unknown('Unknown prompt');
  }
  if (!mayComplete(visibility, live, uri)) throw unknown('Unknown resource');
  return upstream(live, params, uri);
}

/** A template that is seen may be completed; a URI that it leads to only if it may be read. */
function mayComplete(visibility: Visibility, live: ServiceRuntime, uri: string): boolean {
  return visibility.shows(live, 'templates', { uriTemplate: uri }) || visibility.reaches(live, uri);
}

function routeToAll(snapshot: TenantSnapshot, { request }: Admitted): Target {
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
      return routeByUri(snapshot, params, (live, uri) => {
        return offersResources(live) && snapshot.visibility.reaches(live, uri);
      });
    case 'skills/get':
    case 'resources/directory/read':
      return routeByUri(snapshot, params, (live) => showsSkills(snapshot, live));
    case 'completion/complete':
      return routeCompletion(snapshot, params);
    default:
      throw unknownMethod(method);
  }
}

function unknownMethod(method: string): GatewayError {
  return new GatewayError('method_not_found', `Method not found: ${shownName(method)}`);
}

function routeByName(
  targets: ReadonlyMap<string, NamedTarget>,
  what: string,
  params: JsonObject,
): UpstreamTarget {
  const name = stringMember(params, 'name');
  const target = name === undefined ? undefined : targets.get(name);
  if (target === undefined) throw unknownName(what, name ?? null);
  return upstream(target.live, { ...params, name: target.name }, target.name);
}

function routeByUri(
  snapshot: TenantSnapshot,
  params: JsonObject,
  offers: (live: ServiceRuntime, uri: string) => boolean,
): UpstreamTarget | SearchTarget {
  const uri = stringMember(params, 'uri');
  if (uri === undefined) throw unknown('Resource not found: no URI was given');
  const owner = snapshot.resources.owner(uri);
  if (owner !== undefined && offers(owner, uri)) return upstream(owner, params, uri);
  const searched = snapshot.bundle === null ? snapshot.services : [];
  const candidates = searched.filter((live) => offers(live, uri)).slice(0, limits.candidatesMax);
  if (candidates.length === 0) throw unknown(`Resource not found: ${shownName(uri)}`);
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
  const uri = stringMember(ref, 'uri') ?? '';
  const live = snapshot.resources.owner(uri);
  if (live === undefined || !mayComplete(snapshot.visibility, live, uri)) {
    throw unknown('Unknown resource');
  }
  return upstream(live, params, uri);
}

function nameIn(method: string, params: JsonObject): string | null {
  if (URI_METHODS.has(method)) return stringMember(params, 'uri') ?? null;
  return stringMember(params, 'name') ?? null;
}

function upstream(live: ServiceRuntime, params: JsonObject, name: string | null): UpstreamTarget {
  return { kind: 'upstream', live, params, name };
}

function unknownName(what: string, name: string | null): RpcError {
  return unknown(`Unknown ${what}: ${name === null ? 'no name was given' : shownName(name)}`);
}

function unknown(text: string): RpcError {
  return new RpcError(rpcCode.invalidParams, text);
}
