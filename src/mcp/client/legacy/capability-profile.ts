import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { isJsonObject, objectMember, type JsonObject } from '../../../kernel/json.ts';

/**
 * What a legacy server is told about its client when a session opens. Clients that can do the same
 * share a profile, and so a session.
 */
export interface CapabilityProfile {
  /** Equal for equal capabilities. */
  readonly key: string;
  /** ClientCapabilities for `initialize`. */
  readonly capabilities: JsonObject;
  /** True when the server may ask the client something during a call. */
  readonly asks: boolean;
}

/** Settings of all extensions together; a longer declaration is not passed on. */
const EXTENSIONS_LENGTH_MAX = 4_096;
/** Its legacy form is another protocol, which the gateway does not show to legacy servers. */
const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** The profile of a client's declared capabilities. */
export function capabilityProfile(declared: JsonObject): CapabilityProfile {
  const capabilities: { [key: string]: JsonObject } = {};
  const elicitation = objectMember(declared, 'elicitation');
  if (elicitation !== undefined) capabilities['elicitation'] = elicitationModes(elicitation);
  const sampling = objectMember(declared, 'sampling');
  if (sampling !== undefined) capabilities['sampling'] = flags(sampling, ['tools', 'context']);
  if (isJsonObject(declared['roots'])) capabilities['roots'] = {};
  const extensions = extensionSettings(objectMember(declared, 'extensions') ?? {});
  if (extensions !== undefined) capabilities['extensions'] = extensions;
  const asks = ['elicitation', 'sampling', 'roots'].some((name) => name in capabilities);
  return { key: canonicalJson(capabilities), capabilities, asks };
}

/** Everything a client can declare: servers show all they have to a client like this. */
export const fullCapabilities: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: {},
  extensions: {
    'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] },
  },
};

/** An empty declaration means form mode (client/elicitation, "Capabilities"). */
function elicitationModes(elicitation: JsonObject): JsonObject {
  const modes = flags(elicitation, ['form', 'url']);
  return Object.keys(modes).length === 0 ? { form: {} } : modes;
}

function flags(declared: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.filter((name) => isJsonObject(declared[name])).map((name) => [name, {}]),
  );
}

function extensionSettings(declared: JsonObject): JsonObject | undefined {
  const kept = Object.entries(declared).filter(
    ([name, settings]) => name !== TASKS_EXTENSION && isJsonObject(settings),
  );
  const settings: JsonObject = Object.fromEntries(kept);
  if (kept.length === 0 || canonicalJson(settings).length > EXTENSIONS_LENGTH_MAX) return undefined;
  return settings;
}
