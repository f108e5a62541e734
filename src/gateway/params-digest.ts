import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { withoutMembers, type JsonObject } from '../kernel/json.ts';

/**
 * A digest of what a request is about: equal for the rounds of one call and for its repetitions,
 * because `_meta` and what belongs to one round alone are left out.
 */
export function paramsDigest(params: JsonObject): string {
  const salient = withoutMembers(params, ['_meta', 'inputResponses', 'requestState']);
  return createHash('sha256').update(canonicalJson(salient)).digest('base64url');
}
