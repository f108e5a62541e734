import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { ClientProfile, ExchangeIo } from '../mcp/message.ts';
import type { Discovery, Upstream, UpstreamCaller } from '../upstream/contract.ts';

/** Everything a service lists, as its own objects: unknown members are kept. */
export interface Listing {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** A listing of nothing. */
export const emptyListing: Listing = { tools: [], prompts: [], resources: [], templates: [] };

interface ListMethod {
  readonly method: string;
  readonly capability: string;
  readonly member: string;
}

const LISTS: Readonly<Record<keyof Listing, ListMethod>> = {
  tools: { method: 'tools/list', capability: 'tools', member: 'tools' },
  prompts: { method: 'prompts/list', capability: 'prompts', member: 'prompts' },
  resources: { method: 'resources/list', capability: 'resources', member: 'resources' },
  templates: {
    method: 'resources/templates/list',
    capability: 'resources',
    member: 'resourceTemplates',
  },
};

/** Reads all lists of an upstream that it declares, following its pages. */
export async function readListing(
  upstream: Upstream,
  discovery: Discovery,
  client: ClientProfile,
  caller: UpstreamCaller,
  io: ExchangeIo,
): Promise<Listing> {
  const read = (list: ListMethod): Promise<readonly JsonObject[]> =>
    list.capability in discovery.capabilities
      ? readPages(upstream, list, client, caller, io)
      : Promise.resolve([]);
  const [tools, prompts, resources, templates] = await Promise.all([
    read(LISTS.tools),
    read(LISTS.prompts).catch(onlyTools),
    read(LISTS.resources).catch(onlyTools),
    read(LISTS.templates).catch(onlyTools),
  ]);
  return { tools, prompts, resources, templates };
}

/** A server that declares a feature yet cannot list it still serves its tools. */
function onlyTools(): readonly JsonObject[] {
  return [];
}

async function readPages(
  upstream: Upstream,
  list: ListMethod,
  client: ClientProfile,
  caller: UpstreamCaller,
  io: ExchangeIo,
): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < limits.listPagesMax; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const { method } = list;
    const request = { method, params, client, caller, wantsProgress: false };
    const outcome = await upstream.request(request, io);
    if (outcome.resultType !== 'complete') throw broken(method, 'asked for input');
    const { value } = outcome.result;
    const found = value[list.member];
    if (!Array.isArray(found)) throw broken(method, `answered without ${list.member}`);
    for (const item of found) if (isJsonObject(item)) items.push(item);
    if (items.length > limits.toolsPerServiceMax) throw broken(method, 'lists too many items');
    const next = value['nextCursor'];
    if (typeof next !== 'string') return items;
    if (seen.has(next)) throw broken(method, 'repeats a cursor');
    seen.add(next);
    cursor = next;
  }
  throw broken(list.method, 'has too many pages');
}

function broken(name: string, what: string): GatewayError {
  return new GatewayError('upstream_failed', `The service ${what} on ${name}.`);
}
