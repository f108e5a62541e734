import type { LiveService } from '../catalog/live-service.ts';
import { GatewayError, RpcError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, withoutMembers, type JsonObject } from '../kernel/json.ts';
import type {
  ClientProfile,
  ExchangeIo,
  InputRequiredOutcome,
  McpOutcome,
} from '../mcp/message.ts';
import { inputMethods } from '../mcp/protocol.ts';
import { declaresTasks, TASKS_EXTENSION } from '../mcp/tasks-extension.ts';
import type { Permitted } from './exchange.ts';

/**
 * Sends parameters to a service on behalf of a permitted request and notes how the service did.
 * The outcome is the service's own: state and ids in it are not wrapped for the client yet.
 */
export async function askUpstream(
  { request, principal }: Permitted,
  live: LiveService,
  params: JsonObject,
  io: ExchangeIo,
): Promise<McpOutcome> {
  const { tenant, credentialId } = principal;
  const caller = { tenant, credentialId };
  const client = withoutOldTasks(request.client);
  const { upstream } = live;
  let outcome: McpOutcome;
  try {
    const sent = { ...request, params: withoutBaggage(params), client, caller };
    outcome = await upstream.request(sent, io);
  } catch (error) {
    if (error instanceof RpcError) live.noteSuccess();
    else if (!(error instanceof GatewayError && error.code === 'cancelled')) {
      live.noteFailure(error instanceof Error ? error.message : 'unknown failure');
    }
    throw error;
  }
  live.noteSuccess();
  if (outcome.resultType === 'input_required') {
    checkInput(request.method, request.client.capabilities, outcome);
  }
  return outcome;
}

/** A client of an older revision takes no tasks, whatever it says (SEP-2663, "Compatibility"). */
function withoutOldTasks(client: ClientProfile): ClientProfile {
  if (client.era === 'modern' || !declaresTasks(client.capabilities)) return client;
  const extensions = objectMember(client.capabilities, 'extensions') ?? {};
  const kept = withoutMembers(extensions, [TASKS_EXTENSION]);
  return { ...client, capabilities: { ...client.capabilities, extensions: kept } };
}

/** What a trace carries along for its own side stays there; its ids travel on (SEP-414). */
function withoutBaggage(params: JsonObject): JsonObject {
  const own = params['_meta'];
  if (!isJsonObject(own) || !('baggage' in own)) return params;
  return { ...params, _meta: withoutMembers(own, ['baggage']) };
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
