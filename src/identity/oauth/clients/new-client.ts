import { randomBytes } from 'node:crypto';
import type { IdSource } from '../../../kernel/ids.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Seal } from '../../../kernel/seal.ts';
import { checkClientMetadata } from './client-metadata.ts';
import type { OAuthClient } from '../store.ts';
import { sealClient } from './seal-client.ts';

/** What a tenant says of a client that it registers. */
export interface NewClientRequest {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly kind: 'public' | 'confidential';
}

/** A client and its secret, or what is wrong with its redirect URIs. */
export type NewClient =
  | { readonly client: OAuthClient; readonly secret: string | null }
  | { readonly problem: string };

const SECRET_BYTES = 32;

/** Makes a client of a tenant. The secret exists in the answer only; what is kept is sealed. */
export function newClient(
  { name, redirectUris, kind }: NewClientRequest,
  made: {
    readonly tenant: TenantId;
    readonly seal: Seal;
    readonly ids: Pick<IdSource, 'next'>;
    now(): number;
  },
): NewClient {
  const isPublic = kind === 'public';
  const checked = checkClientMetadata({
    client_name: name,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_basic',
  });
  if ('error' in checked) return { problem: 'holds one at which no client can be answered' };
  const id = made.ids.next('cli');
  const secret = isPublic ? null : randomBytes(SECRET_BYTES).toString('base64url');
  const metadata = secret === null ? checked.metadata : withSecret(checked.metadata, secret);
  const client: OAuthClient = {
    id,
    tenant: made.tenant,
    name,
    sealed: sealClient(id, metadata, made.seal),
    addressHash: null,
    createdAtMs: made.now(),
    usedAtMs: null,
  };
  return { client, secret };
}

function withSecret(metadata: object, secret: string): object {
  return { ...metadata, client_secret: secret, client_secret_expires_at: 0 };
}
