import { JsonBytes } from '../../../kernel/json-bytes.ts';
import {
  objectMember,
  stringMember,
  withoutMembers,
  type JsonObject,
} from '../../../kernel/json.ts';
import { implementation, meta } from '../../protocol.ts';
import { declaresTasks, TASKS_EXTENSION } from '../../tasks-extension.ts';

/** Makes the results that only legacy revisions have. */
export const initializeResult = {
  /** The answer to `initialize`, from what `server/discover` answers. */
  from(protocolVersion: string, discovered: JsonObject): JsonBytes {
    const serverInfo = objectMember(objectMember(discovered, '_meta'), meta.serverInfo);
    const instructions = stringMember(discovered, 'instructions');
    return JsonBytes.fromValue({
      protocolVersion,
      capabilities: withoutTasks(objectMember(discovered, 'capabilities') ?? {}),
      serverInfo: serverInfo ?? implementation,
      ...(instructions === undefined ? {} : { instructions }),
    });
  },

  /** The empty result. */
  empty(): JsonBytes {
    return JsonBytes.fromValue({});
  },
};

/** The tasks extension is not defined under these revisions (SEP-2663, "Compatibility"). */
function withoutTasks(capabilities: JsonObject): JsonObject {
  if (!declaresTasks(capabilities)) return capabilities;
  const { extensions, ...others } = capabilities;
  const kept = withoutMembers((extensions ?? {}) as JsonObject, [TASKS_EXTENSION]);
  return Object.keys(kept).length === 0 ? others : { ...others, extensions: kept };
}
