import { GatewayError } from '../../kernel/errors.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ClientProfile, ExchangeIo } from '../../mcp/message.ts';
import { mendList, type ListMember } from '../../mcp/mend/mend-list.ts';
import type {
  Discovery,
  ServiceDiagnostic,
  Upstream,
  UpstreamCaller,
} from '../../upstream/contract.ts';

/** Everything a service lists, as its own objects: unknown members are kept. */
export interface Listing {
  readonly tools: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
}

/** What was read of a service's lists, as every client takes it. */
export interface ReadListing extends Listing {
  /** What was wrong in the lists. */
  readonly diagnostics: readonly ServiceDiagnostic[];
  /** True when the lists are not what the service itself would answer. */
  readonly isMended: boolean;
}

/** A listing of nothing. */
export const emptyListing: Listing = { tools: [], prompts: [], resources: [], templates: [] };

interface ListMethod {
  readonly method: string;
  readonly capability: string;
  readonly member: ListMember;
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

/**
 * Reads all lists of an upstream that it declares, following its pages. What strict clients would
 * refuse is mended or left out, and said in the diagnostics.
 */
export async function readListing(
  upstream: Upstream,
  discovery: Discovery,
  client: ClientProfile,
  caller: UpstreamCaller,
  io: ExchangeIo,
): Promise<ReadListing> {
  const diagnostics: ServiceDiagnostic[] = [];
  let isMended = false;
  const read = async (list: ListMethod): Promise<readonly JsonObject[]> => {
    if (!(list.capability in discovery.capabilities)) return [];
    const pages = await readPages(upstream, list, client, caller, io);
    const mended = mendList(list.member, pages.items);
    diagnostics.push(...mended.notes);
    if (pages.cut !== undefined) diagnostics.push(cutShort(list.method, pages.cut));
    if (mended.isMended || pages.cut !== undefined) isMended = true;
    return mended.items;
  };
  const [tools, prompts, resources, templates] = await Promise.all([
    read(LISTS.tools),
    read(LISTS.prompts).catch(onlyTools),
    read(LISTS.resources).catch(onlyTools),
    read(LISTS.templates).catch(onlyTools),
  ]);
  return { tools, prompts, resources, templates, diagnostics, isMended };
}

/** A server that declares a feature yet cannot list it still serves its tools. */
function onlyTools(): readonly JsonObject[] {
  return [];
}

interface ReadPages {
  readonly items: readonly Json[];
  /** Why the list ended before its end; absent when it did not. */
  readonly cut?: string;
}

async function readPages(
  upstream: Upstream,
  list: ListMethod,
  client: ClientProfile,
  caller: UpstreamCaller,
  io: ExchangeIo,
): Promise<ReadPages> {
  const items: Json[] = [];
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
    // Some serialisers write null for a list of nothing.
    if (!Array.isArray(found) && found !== null) {
      throw broken(method, `answered without ${list.member}`);
    }
    for (const item of (found ?? []) as readonly Json[]) items.push(item);
    if (items.length > limits.toolsPerServiceMax) throw broken(method, 'lists too many items');
    const next = value['nextCursor'];
    if (next === undefined || next === null) return { items };
    if (typeof next !== 'string') return { items, cut: 'a cursor that is not a text' };
    if (next === '') return { items, cut: 'an empty cursor' };
    if (seen.has(next)) return { items, cut: 'a cursor that leads nowhere new' };
    seen.add(next);
    cursor = next;
  }
  throw broken(list.method, 'has too many pages');
}

/** What was read before is kept: a cursor that leads nowhere is no reason to lose it. */
function cutShort(method: string, why: string): ServiceDiagnostic {
  const text = `The list ends with ${why}; what was read until then is kept.`;
  return { severity: 'warning', code: 'list_cut_short', operation: method, text };
}

function broken(name: string, what: string): GatewayError {
  return new GatewayError('upstream_failed', `The service ${what} on ${name}.`);
}
