import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { isJsonObject, stringMember } from '../../kernel/json.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import { refusal } from '../../policy/rules/decide.ts';
import type { Restriction } from '../../policy/rules/restriction.ts';
import type { Permitted, Routed } from '../exchange.ts';
import type { RoutingTables } from '../routing-tables.ts';

/** Decides on a routed request; what it may not do is refused as if it were unknown. */
export type Authorize = (routed: Routed) => Permitted;

/** What has arguments, by method: how it is listed, and what it is called. */
const JUDGED: Readonly<Record<string, readonly ['tools' | 'prompts', string]>> = {
  'tools/call': ['tools', 'tool'],
  'prompts/get': ['prompts', 'prompt'],
};

/**
 * Makes the authorization step. Which services, tools, prompts and resources there are for a caller
 * was decided by the view it was routed by; here is what its permissions say of the data plane, and
 * what rules say of the arguments.
 */
export function createAuthorize(restrictionOf: RoutingTables['restrictionOf']): Authorize {
  return (routed) => {
    if (!routed.principal.permissions.actions.has('mcp.use')) {
      const text = 'This credential lacks the permission mcp.use.';
      throw new GatewayError('forbidden', text, { permission: 'mcp.use' });
    }
    const restriction = restrictionOf(routed.principal);
    if (restriction !== undefined) judge(routed, restriction);
    return routed as Permitted;
  };
}

function judge({ target, request }: Routed, restriction: Restriction): void {
  const judged = JUDGED[request.method];
  if (judged === undefined || target.kind !== 'upstream' || target.name === null) return;
  const [kind, what] = judged;
  const { conditions } = restriction.decisionOf(target.live, kind, target.name);
  if (conditions === undefined) return;
  const { arguments: args = {} } = target.params;
  // What has no members cannot be judged.
  if (isJsonObject(args) && refusal(conditions, args) === undefined) return;
  // Word for word what routing answers when there is no such thing.
  const name = stringMember(request.params, 'name') ?? '';
  throw new RpcError(rpcCode.invalidParams, `Unknown ${what}: ${name}`);
}
