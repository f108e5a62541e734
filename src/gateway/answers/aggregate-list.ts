import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { emptyListing, type Listing } from '../../catalog/lists/listing.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { capabilityProfileKey } from '../../catalog/lists/capability-profile.ts';
import type { Bus } from '../../kernel/bus.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { stringMember, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { ClientProfile, McpOutcome } from '../../mcp/message.ts';
import { implementation, meta } from '../../mcp/protocol.ts';
import { listKinds } from '../../upstream/upstream.ts';
import { endpointKey } from '../endpoint-key.ts';
import type { GatewayTarget, Permitted } from '../exchange.ts';
import { openCursor, sealCursor } from './list-cursor.ts';

/** How long one service may hold up everybody's list. */
const SERVICE_WAIT_MS = 2_000;
const LIST_TTL_MS = 60_000;
const PARTIAL_LIST_TTL_MS = 5_000;
const UNAVAILABLE_META = 'mcp-gateway/unavailableServices';

const MEMBERS: Readonly<Record<string, { list: keyof Listing; member: string }>> = {
  'tools/list': { list: 'tools', member: 'tools' },
  'prompts/list': { list: 'prompts', member: 'prompts' },
  'resources/list': { list: 'resources', member: 'resources' },
  'resources/templates/list': { list: 'templates', member: 'resourceTemplates' },
};

interface Collected {
  readonly items: readonly JsonObject[];
  /** Slugs of services that could not be asked in time. */
  readonly unavailable: readonly string[];
}

/** Merges the lists of several services under their public names, page by page. */
export class AggregateLists {
  readonly #cursorSeal: Seal;
  readonly #bus: Bus;
  /** Collected lists live as long as the snapshot they were made from. */
  readonly #collected = new WeakMap<TenantSnapshot, Map<string, Promise<Collected>>>();
  /** First pages as bytes, by collected list. */
  readonly #pages = new WeakMap<Collected, JsonBytes>();

  /** What a service lists too late for somebody is announced on the bus. */
  constructor(cursorSeal: Seal, bus: Bus) {
    this.#cursorSeal = cursorSeal;
    this.#bus = bus;
  }

  /** Answers a list method. Throws RpcError -32602 for a cursor of another list. */
  async list(permitted: Permitted, { snapshot }: GatewayTarget): Promise<McpOutcome> {
    const { request, principal, endpoint } = permitted;
    const { client, params, method } = request;
    const collected = await this.#collect(snapshot, method, client, principal.tenant);
    const context = `${principal.tenant}\n${method}\n${endpointKey(endpoint)}`;
    const cursor = params['cursor'];
    const { items } = collected;
    const offset = cursor === undefined ? 0 : openCursor(this.#cursorSeal, context, items, cursor);
    const cached = offset === 0 ? this.#pages.get(collected) : undefined;
    const result = cached ?? this.#page(method, collected, offset, context);
    if (offset === 0) this.#pages.set(collected, result);
    return { resultType: 'complete', result };
  }

  #page(method: string, collected: Collected, offset: number, context: string): JsonBytes {
    const { items, unavailable } = collected;
    const end = offset + limits.listPageItems;
    const { member } = memberOf(method);
    return JsonBytes.fromValue({
      [member]: items.slice(offset, end),
      ...(end < items.length
        ? { nextCursor: sealCursor(this.#cursorSeal, context, items, end) }
        : {}),
      ttlMs: unavailable.length === 0 ? LIST_TTL_MS : PARTIAL_LIST_TTL_MS,
      cacheScope: 'private',
      _meta: {
        [meta.serverInfo]: implementation,
        ...(unavailable.length === 0 ? {} : { [UNAVAILABLE_META]: [...unavailable] }),
      },
    });
  }

  #collect(
    snapshot: TenantSnapshot,
    method: string,
    client: ClientProfile,
    tenant: TenantId,
  ): Promise<Collected> {
    let byKey = this.#collected.get(snapshot);
    if (byKey === undefined) {
      byKey = new Map();
      this.#collected.set(snapshot, byKey);
    }
    const key = `${method}\n${capabilityProfileKey(client.capabilities)}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    if (byKey.size >= limits.profilesPerUpstreamMax * 4) byKey.clear();
    const cameLate = ({ service }: ServiceRuntime): void => {
      this.#bus.emit('catalog.changed', { tenant, serviceId: service.id, lists: listKinds });
    };
    const collecting = collect(snapshot, memberOf(method).list, client, cameLate);
    byKey.set(key, collecting);
    // A list that misses somebody is asked for again next time.
    collecting.then(
      ({ unavailable }) => unavailable.length > 0 && byKey.delete(key),
      () => byKey.delete(key),
    );
    return collecting;
  }
}

async function collect(
  snapshot: TenantSnapshot,
  list: keyof Listing,
  client: ClientProfile,
  cameLate: (live: ServiceRuntime) => void,
): Promise<Collected> {
  const unavailable: string[] = [];
  const parts = await Promise.all(
    snapshot.services.map(async (live) => {
      const isAway = live.health.state !== 'ready';
      // What a service that is away listed last stays for a while; its calls say that it is away.
      const listing = isAway ? live.listing : await listingInTime(live, client, cameLate);
      if (isAway || listing === undefined) unavailable.push(live.service.slug);
      const own = annotatedItems(snapshot, live, list, (listing ?? emptyListing)[list]);
      const items = snapshot.published(live, list, own);
      return list === 'resources' ? items.filter((item) => leadsTo(snapshot, item, live)) : items;
    }),
  );
  return { items: parts.flat(), unavailable };
}

function annotatedItems(
  { annotated }: TenantSnapshot,
  live: ServiceRuntime,
  list: keyof Listing,
  items: readonly JsonObject[],
): readonly JsonObject[] {
  if (annotated === undefined || list !== 'tools') return items;
  return items.map((tool) => annotated(live, tool));
}

/** Of resources with one URI the one is listed that a read of the URI leads to. */
function leadsTo(snapshot: TenantSnapshot, resource: JsonObject, live: ServiceRuntime): boolean {
  const owner = snapshot.resources.owner(stringMember(resource, 'uri') ?? '');
  return owner === undefined || owner === live;
}

/** A listing that comes when nobody waits any more is reported: clients may want to list again. */
function listingInTime(
  live: ServiceRuntime,
  client: ClientProfile,
  cameLate: (live: ServiceRuntime) => void,
): Promise<Listing | undefined> {
  return new Promise((resolve) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(undefined);
    }, SERVICE_WAIT_MS);
    timer.unref();
    live.listingFor(client).then(
      (listing) => {
        clearTimeout(timer);
        resolve(listing);
        if (isLate) cameLate(live);
      },
      () => {
        clearTimeout(timer);
        resolve(undefined);
      },
    );
  });
}

function memberOf(method: string): { list: keyof Listing; member: string } {
  return MEMBERS[method] as { list: keyof Listing; member: string };
}
