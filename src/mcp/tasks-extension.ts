import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, objectMember, type JsonObject } from '../kernel/json.ts';
import type { ClientProfile } from './message.ts';

/** The identifier of the tasks extension (SEP-2663). */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** What a client declares to take tasks. */
export const takesTasks: JsonObject = { extensions: { [TASKS_EXTENSION]: {} } };

/** The methods of the tasks extension; each names its task in `params.taskId`. */
export const taskMethods: ReadonlySet<string> = new Set([
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
]);

/** True when the capabilities, a client's or a server's, declare the extension. */
export function declaresTasks(capabilities: JsonObject | undefined): boolean {
  const extensions = objectMember(capabilities, 'extensions');
  return extensions !== undefined && isJsonObject(extensions[TASKS_EXTENSION]);
}

/** Refuses a client that takes no tasks; older revisions know another protocol of that name. */
export function requireTasks(client: ClientProfile): void {
  if (client.era === 'modern' && declaresTasks(client.capabilities)) return;
  throw new GatewayError('missing_capability', undefined, {
    data: { requiredCapabilities: takesTasks },
  });
}
