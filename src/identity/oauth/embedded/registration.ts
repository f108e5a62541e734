import { hash, randomBytes } from 'node:crypto';
import type { Adapter } from 'oidc-provider';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Seal } from '../../../kernel/seal.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { OAuthClient, OAuthClientStore } from '../store.ts';
import { checkClientMetadata, isLoopback } from '../clients/client-metadata.ts';
import { openClient, sealClient } from '../clients/seal-client.ts';

/** The start of the ids of clients that registered themselves. */
export const DYNAMIC_PREFIX = 'dyn_';
const ID_CHARACTERS = 40;

/** What adapters of clients need. */
export interface ClientAdapterOptions {
  readonly store: OAuthClientStore;
  readonly seal: Seal;
  readonly now: () => number;
  /** Where the client is that registers itself in the present request. */
  address(): string;
  /** What is answered when there is no room for another client. */
  noRoom(): Error;
}

/**
 * The id of a client that registers itself: public clients that say the same of themselves are one
 * client, however often they come; one with a secret is nobody else's.
 */
export function registeredId(metadata: unknown): string {
  const isPublic =
    isJsonObject(metadata) && stringMember(metadata, 'token_endpoint_auth_method') === 'none';
  const text = isPublic
    ? hash('sha256', canonicalJson(sortedLists(metadata)), 'hex')
    : randomBytes(ID_CHARACTERS / 2).toString('hex');
  return `${DYNAMIC_PREFIX}${text.slice(0, ID_CHARACTERS)}`;
}

/** Shows the provider the clients that are registered here, and keeps those that register. */
export function createClientAdapter(options: ClientAdapterOptions): Adapter {
  const { store, seal, now } = options;
  return {
    find: async (id) => {
      const client = await store.find(id);
      return client === undefined ? undefined : openClient(client, seal);
    },
    upsert: async (id, payload) => {
      const client: OAuthClient = {
        id,
        tenant: null,
        name: typeof payload['client_name'] === 'string' ? payload['client_name'] : '',
        sealed: sealClient(id, payload, seal),
        addressHash: hash('sha256', options.address(), 'hex'),
        createdAtMs: now(),
        usedAtMs: null,
      };
      const bounds = {
        clientsMax: limits.oauthDynamicClientsMax,
        unusedPerAddressMax: limits.oauthUnusedClientsPerAddressMax,
      };
      if (!(await store.register(client, bounds))) throw options.noRoom();
    },
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    consume: () => Promise.reject(new Error('Clients are never used up.')),
    destroy: () => Promise.resolve(),
    revokeByGrantId: () => Promise.resolve(),
  };
}

/** The only tenant whose members a client serves; null for a client of everybody. */
export async function tenantOfClient(
  store: Pick<OAuthClientStore, 'find'>,
  clientId: string,
): Promise<TenantId | null> {
  return (await store.find(clientId))?.tenant ?? null;
}

/** The body of a registration as the provider gets it, or the answer that refuses it. */
export function registrationBody(
  body: string,
): { readonly body: string } | { readonly error: string; readonly error_description: string } {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return { error: 'invalid_client_metadata', error_description: 'The body is not valid JSON.' };
  }
  // The id is ours to give.
  const checked = checkClientMetadata(
    isJsonObject(given) ? { ...given, client_id: undefined } : given,
  );
  if ('error' in checked) return { error: checked.error, error_description: checked.text };
  return { body: JSON.stringify(checked.metadata) };
}

/** Metadata in one form: the order of lists says nothing, nor does the port of a native client. */
function sortedLists(metadata: JsonObject): JsonObject {
  const isNative = metadata['application_type'] === 'native';
  const sorted = Object.entries(metadata).map(([key, value]) => {
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
      return [key, value] as const;
    }
    const list = isNative && key === 'redirect_uris' ? value.map(withoutPort) : value;
    return [key, [...new Set(list)].toSorted()] as const;
  });
  return Object.fromEntries(sorted);
}

function withoutPort(uri: string): string {
  if (!isLoopback(uri)) return uri;
  const url = new URL(uri);
  url.port = '';
  return url.href;
}
