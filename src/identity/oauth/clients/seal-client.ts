import type { JsonObject } from '../../../kernel/json.ts';
import type { Seal } from '../../../kernel/seal.ts';
import type { OAuthClient } from '../store.ts';

/** Seals a client's metadata, bound to its id. */
export function sealClient(id: string, metadata: object, seal: Seal): string {
  return seal.seal(JSON.stringify(metadata), `client ${id}`);
}

/** What a client says of itself (RFC 7591); undefined when it cannot be opened. */
export function openClient(
  { id, sealed }: Pick<OAuthClient, 'id' | 'sealed'>,
  seal: Seal,
): JsonObject | undefined {
  const text = seal.open(sealed, `client ${id}`);
  return text === undefined ? undefined : { ...(JSON.parse(text) as JsonObject), client_id: id };
}
