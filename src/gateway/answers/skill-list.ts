import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { withoutMembers, type Json } from '../../kernel/json.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type { GatewayTarget, Permitted } from '../exchange.ts';
import { forwardUpstream, type ForwardContext } from '../forward-upstream.ts';
import { showsSkills } from './capabilities.ts';

/** Where a list goes on: at this service, from this cursor of its own. */
type Place = readonly [slug: string, cursor?: string];

/**
 * Lists the skills of several services as one list: their pages follow each other, service by
 * service, unread. Throws RpcError -32602 for a cursor that is not this caller's.
 */
export async function listSkills(
  permitted: Permitted,
  { services, snapshot }: GatewayTarget,
  forwarding: ForwardContext,
  seal: Seal,
): Promise<McpOutcome> {
  const { request, principal } = permitted;
  const context = `${principal.tenant}\n${principal.grantId}\nskills/list`;
  const offering = services.filter((one) => showsSkills(snapshot, one));
  const { cursor } = request.params;
  const [slug, own] = cursor === undefined ? [] : openPlace(cursor, seal, context);
  const index = offering.findIndex(({ service }) => slug === undefined || service.slug === slug);
  const live = offering[index];
  if (live === undefined) return { resultType: 'complete', result: emptyPage() };
  const page = await pageOf(live, own, permitted, forwarding);
  const next = page.member('nextCursor');
  const following = offering[index + 1]?.service.slug;
  let place: Place | undefined = following === undefined ? undefined : [following];
  if (typeof next === 'string') place = [live.service.slug, next];
  const rest = page.withoutMembers(['nextCursor']);
  if (place === undefined) return { resultType: 'complete', result: rest };
  const nextCursor = JSON.stringify(seal.seal(JSON.stringify(place), context));
  return { resultType: 'complete', result: rest.withMember('nextCursor', nextCursor) };
}

function emptyPage(): JsonBytes {
  return JsonBytes.fromValue({ skills: [] });
}

/** A service that cannot be asked leaves its page empty, and the others listed. */
async function pageOf(
  live: ServiceRuntime,
  cursor: string | undefined,
  permitted: Permitted,
  forwarding: ForwardContext,
): Promise<JsonBytes> {
  const others = withoutMembers(permitted.request.params, ['cursor']);
  const params = cursor === undefined ? others : { ...others, cursor };
  try {
    const to = { kind: 'upstream', live, params, name: null } as const;
    const outcome = await forwardUpstream(permitted, to, forwarding);
    return outcome.resultType === 'complete' ? outcome.result : emptyPage();
  } catch (error) {
    if (permitted.io.cancellation.reason !== undefined) throw error;
    return emptyPage();
  }
}

function openPlace(cursor: Json, seal: Seal, context: string): Place {
  const opened = typeof cursor === 'string' ? seal.open(cursor, context) : undefined;
  if (opened !== undefined) return JSON.parse(opened) as Place;
  throw new RpcError(rpcCode.invalidParams, 'The cursor is not valid; start again without it.');
}
