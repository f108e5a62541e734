import { JsonBytes } from '../../../../kernel/json-bytes.ts';
import { objectMember, stringMember, type JsonObject } from '../../../../kernel/json.ts';
import { implementation, meta } from '../../../protocol.ts';

/** Makes the results that only legacy revisions have. */
export const initializeResult = {
  /** The answer to `initialize`, from what `server/discover` answers. */
  from(protocolVersion: string, discovered: JsonObject): JsonBytes {
    const serverInfo = objectMember(objectMember(discovered, '_meta'), meta.serverInfo);
    const instructions = stringMember(discovered, 'instructions');
    return JsonBytes.fromValue({
      protocolVersion,
      capabilities: objectMember(discovered, 'capabilities') ?? {},
      serverInfo: serverInfo ?? implementation,
      ...(instructions === undefined ? {} : { instructions }),
    });
  },

  /** The empty result. */
  empty(): JsonBytes {
    return JsonBytes.fromValue({});
  },
};
