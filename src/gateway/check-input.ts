import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, type JsonObject } from '../kernel/json.ts';

/**
 * Input may be asked for only in ways the client declared. Throws GatewayError
 * `missing_capability`, or `upstream_failed` on an unknown kind of input.
 */
export function checkInput(
  inputRequests: Readonly<Record<string, JsonObject>>,
  capabilities: JsonObject,
): void {
  for (const input of Object.values(inputRequests)) {
    const needed = neededCapability(input, capabilities);
    if (needed !== undefined) {
      throw new GatewayError('missing_capability', undefined, {
        data: { requiredCapabilities: needed },
      });
    }
  }
}

/** Whether the client declared that it can be asked this. */
export function canBeAsked(input: JsonObject, capabilities: JsonObject): boolean {
  return neededCapability(input, capabilities) === undefined;
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
