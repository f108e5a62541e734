import { objectMember, withoutMembers, type JsonObject } from '../../../kernel/json.ts';
import { meta } from '../../protocol.ts';

/** A notification's parameters without the id of the stream it came on. */
export function withoutSubscriptionId(params: JsonObject): JsonObject {
  const own = withoutMembers(objectMember(params, '_meta') ?? {}, [meta.subscriptionId]);
  const rest = withoutMembers(params, ['_meta']);
  return Object.keys(own).length === 0 ? rest : { ...rest, _meta: own };
}
