import type { IdSource } from '../../kernel/ids.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { keyHash } from './key-hash.ts';
import { keyPrefix, writeKeyText } from './key-text.ts';
import { randomText } from './random-text.ts';
import type { ApiKey, ApiKeyStore, KeySecret, KeySubject, NewKey } from './store.ts';

/** What making a key needs. */
export interface KeyMaker {
  readonly keySecret: Buffer;
  /** Where the keys are good for, as their texts say. */
  readonly env: string;
  readonly ids: IdSource;
  readonly now: () => number;
}

/** A new key; the plaintext is shown once and kept nowhere. */
export interface IssuedKey extends NewKey {
  readonly plaintext: string;
}

/** A new text for a key. */
export interface IssuedSecret {
  readonly secret: KeySecret;
  readonly plaintext: string;
}

/** 43 random letters and digits are 256 bits. */
const RANDOM_CHARACTERS = 43;

/** What a new key is for, and what it is limited to. */
export interface KeyRequest {
  readonly subject: KeySubject;
  readonly name: string;
  readonly expiresAtMs?: number | null;
  readonly scopes?: ApiKey['scopes'];
  readonly access?: ApiKey['access'];
}

/** Makes a key without storing it. */
export function makeKey(
  maker: KeyMaker,
  tenant: TenantId,
  { subject, name, expiresAtMs = null, scopes = null, access = [] }: KeyRequest,
): IssuedKey {
  const id = maker.ids.next('key');
  const { env } = maker;
  const key: ApiKey = {
    id,
    tenant,
    subject,
    name,
    env,
    prefix: keyPrefix({ env, digits: digitsOf(id) }),
    createdAtMs: maker.now(),
    expiresAtMs,
    lastUsedAtMs: null,
    scopes,
    access,
    revokedAtMs: null,
  };
  return { key, ...makeSecret(maker, key) };
}

/** Makes a text for a key, and what is stored of it. */
export function makeSecret(maker: KeyMaker, { id, env }: Pick<ApiKey, 'id' | 'env'>): IssuedSecret {
  const secret = randomText(RANDOM_CHARACTERS);
  const plaintext = writeKeyText({ env, digits: digitsOf(id), secret });
  const hash = keyHash(maker.keySecret, plaintext);
  return { plaintext, secret: { hash, createdAtMs: maker.now(), expiresAtMs: null } };
}

/** Makes a key and stores it; rejects as `ApiKeyStore.create` does. */
export async function issueKey(
  maker: KeyMaker & { readonly apiKeys: Pick<ApiKeyStore, 'create'> },
  tenant: TenantId,
  request: KeyRequest,
): Promise<IssuedKey> {
  const issued = makeKey(maker, tenant, request);
  await maker.apiKeys.create(tenant, { key: issued.key, secret: issued.secret });
  return issued;
}

/** The digits of an id: what follows its prefix. */
function digitsOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
