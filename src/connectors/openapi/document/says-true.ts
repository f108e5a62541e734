import type { Json } from '../../../kernel/json.ts';

/**
 * Whether a flag is set. Published documents write it as the text "true" too (Spotify's does); read
 * strictly, a required parameter would be left out and the API would refuse the call.
 */
export function saysTrue(flag: Json | undefined): boolean {
  return flag === true || flag === 'true';
}
