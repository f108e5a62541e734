import type { IdSource } from '../kernel/ids.ts';
import type { TenantId } from '../kernel/principal.ts';
import { keyHash } from './key-hash.ts';
import { randomText } from './random-text.ts';
import type { ApiKey, IdentityStore } from './store.ts';

/** What making a key needs. */
export interface KeyMaker {
  readonly keySecret: Buffer;
  readonly ids: IdSource;
  readonly now: () => number;
}

/** A new key; the plaintext is shown once and kept nowhere. */
export interface IssuedKey {
  readonly key: ApiKey;
  readonly plaintext: string;
}

/** What a key looks like: 32 random letters and digits are 190 bits; longer ones may come. */
export const KEY_SHAPE = /^mgw_[0-9A-Za-z]{32,64}$/;

const RANDOM_CHARACTERS = 32;
/** `mgw_` and four characters: enough to recognise a key by, too little to guess it from. */
const PREFIX_CHARACTERS = 8;

/** What a new key is for, and what it is limited to. */
export interface KeyRequest {
  readonly userId: string;
  readonly name: string;
  readonly expiresAtMs?: number | null;
  readonly scopes?: ApiKey['scopes'];
  readonly access?: ApiKey['access'];
}

/** Makes a key without storing it. */
export function makeKey(
  { keySecret, ids, now }: KeyMaker,
  tenant: TenantId,
  { userId, name, expiresAtMs = null, scopes = null, access = [] }: KeyRequest,
): IssuedKey {
  const plaintext = `mgw_${randomText(RANDOM_CHARACTERS)}`;
  const key: ApiKey = {
    id: ids.next('key'),
    tenant,
    userId,
    name,
    prefix: plaintext.slice(0, PREFIX_CHARACTERS),
    hash: keyHash(keySecret, plaintext),
    createdAtMs: now(),
    expiresAtMs,
    scopes,
    access,
    revokedAtMs: null,
  };
  return { key, plaintext };
}

/** Makes a key for a user and stores it; rejects with `not_found` when there is no such user. */
export async function issueKey(
  maker: KeyMaker & { readonly store: IdentityStore },
  tenant: TenantId,
  request: KeyRequest,
): Promise<IssuedKey> {
  const issued = makeKey(maker, tenant, request);
  await maker.store.createKey(tenant, issued.key);
  return issued;
}
