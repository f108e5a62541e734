import { GatewayError, RpcError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, withoutMembers, type JsonObject } from '../kernel/json.ts';
import { checkParamHeaders } from '../mcp/eras/modern/server/check-param-headers.ts';
import type { InputRequiredOutcome, McpOutcome } from '../mcp/message.ts';
import { inputMethods } from '../mcp/protocol.ts';
import type { Permitted, UpstreamTarget } from './exchange.ts';
import type { RequestStates, StateBinding } from './request-state.ts';

/** Sends a permitted request to its service and returns what comes back. */
export async function forwardUpstream(
  permitted: Permitted,
  target: UpstreamTarget,
  states: RequestStates,
): Promise<McpOutcome> {
  const { request, principal, io } = permitted;
  const { live } = target;
  const { upstream } = live;
  if (permitted.headers !== undefined && request.method === 'tools/call') {
    const plan = live.headerPlanOf(target.name ?? '');
    if (plan !== undefined) checkParamHeaders(plan, target.params['arguments'], permitted.headers);
  }
  const { tenant, credentialId } = principal;
  const binding: StateBinding = {
    tenant,
    credentialId,
    serviceId: live.service.id,
    method: request.method,
    params: target.params,
  };
  const params = withUpstreamState(target.params, states, binding);
  const caller = { tenant, credentialId };
  let outcome: McpOutcome;
  try {
    outcome = await upstream.request({ ...request, params, caller }, io);
  } catch (error) {
    if (error instanceof RpcError) live.noteSuccess();
    else if (!(error instanceof GatewayError && error.code === 'cancelled')) {
      live.noteFailure(error instanceof Error ? error.message : 'unknown failure');
    }
    throw error;
  }
  live.noteSuccess();
  if (outcome.resultType !== 'input_required') return outcome;
  checkInput(request.method, request.client.capabilities, outcome);
  return { ...outcome, requestState: states.wrap(outcome.requestState, binding) };
}

/** A retry brings the gateway's sealed state; the upstream gets its own back, or none. */
function withUpstreamState(
  params: JsonObject,
  states: RequestStates,
  binding: StateBinding,
): JsonObject {
  if (params['requestState'] === undefined) return params;
  const upstreamState = states.unwrap(params['requestState'], binding);
  const others = withoutMembers(params, ['requestState']);
  return upstreamState === undefined ? others : { ...others, requestState: upstreamState };
}

/** Input may be asked for by three methods, and only in ways the client declared. */
function checkInput(method: string, capabilities: JsonObject, outcome: InputRequiredOutcome): void {
  if (!inputMethods.has(method)) {
    throw new GatewayError('upstream_failed', `The service asked for input on ${method}.`);
  }
  for (const input of Object.values(outcome.inputRequests ?? {})) {
    const needed = neededCapability(input, capabilities);
    if (needed !== undefined) {
      throw new GatewayError('missing_capability', undefined, {
        data: { requiredCapabilities: needed },
      });
    }
  }
}

function neededCapability(input: JsonObject, has: JsonObject): JsonObject | undefined {
  switch (input['method']) {
    case 'elicitation/create': {
      const elicitation = objectMember(has, 'elicitation');
      const mode = objectMember(input, 'params')?.['mode'] === 'url' ? 'url' : 'form';
      // An empty capability object means form mode (client/elicitation, "Capabilities").
      const declared =
        elicitation !== undefined &&
        (mode in elicitation || (mode === 'form' && !('url' in elicitation)));
      return declared ? undefined : { elicitation: { [mode]: {} } };
    }
    case 'sampling/createMessage':
      return isJsonObject(has['sampling']) ? undefined : { sampling: {} };
    case 'roots/list':
      return isJsonObject(has['roots']) ? undefined : { roots: {} };
    default:
      throw new GatewayError('upstream_failed', 'The service asked for an unknown kind of input.');
  }
}
