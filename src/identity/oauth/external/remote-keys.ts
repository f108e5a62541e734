import type { JSONWebKeySet, JWK } from 'jose';
import { Cancellation } from '../../../kernel/cancellation.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

/** What reading an issuer's keys needs. */
export interface RemoteKeysOptions {
  readonly issuer: string;
  /** Where its keys are; found by its metadata when absent. */
  readonly jwksUrl: string | undefined;
  readonly egress: Pick<Egress, 'request'>;
  readonly now: () => number;
}

/** The keys of one issuer. */
export interface RemoteKeys {
  /**
   * The key set; it is read again when it is old, or lacks the key that is asked for, but never
   * twice in `issuerKeysCooldownMs`, and what was read stays while the issuer is away. Rejects
   * with GatewayError `storage_unavailable` when nothing was ever read.
   */
  get(keyId: string | undefined): Promise<JSONWebKeySet>;
}

/** Reads an issuer's keys (RFC 7517) by the guarded way out; bounded in size, time and number. */
export function createRemoteKeys(options: RemoteKeysOptions): RemoteKeys {
  const { now } = options;
  let known: { readonly keys: JSONWebKeySet; readonly atMs: number } | undefined;
  let triedAtMs = -Infinity;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    triedAtMs = now();
    try {
      known = { keys: await fetchKeys(options), atMs: now() };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      if (known !== undefined) return;
      throw new GatewayError('storage_unavailable', undefined, { cause: error });
    }
  };
  const readOnce = (): Promise<void> => {
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  };

  return {
    get: async (keyId) => {
      const isOld = known === undefined || now() - known.atMs >= limits.issuerKeysMs;
      const isKnown = known?.keys.keys.some(({ kid }) => kid === keyId) === true;
      const isCool = now() - triedAtMs >= limits.issuerKeysCooldownMs;
      if (reading !== undefined || ((isOld || !isKnown) && isCool)) await readOnce();
      if (known === undefined) throw new GatewayError('storage_unavailable');
      return known.keys;
    },
  };
}

async function fetchKeys(options: RemoteKeysOptions): Promise<JSONWebKeySet> {
  const url = options.jwksUrl ?? (await findKeysUrl(options));
  const document = await fetchJson(options.egress, url);
  const keys: unknown = document['keys'];
  if (!Array.isArray(keys)) throw new GatewayError('upstream_failed', 'There are no keys.');
  // A symmetric key that is published is a secret of everybody.
  const usable = (keys as readonly unknown[]).filter(
    (key): key is JWK & JsonObject => isJsonObject(key) && key['kty'] !== 'oct' && !('d' in key),
  );
  return { keys: usable };
}

/** By OpenID Connect Discovery, else by RFC 8414; its metadata must name this very issuer. */
async function findKeysUrl({ issuer, egress }: RemoteKeysOptions): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const places = [
    `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
  for (const place of places) {
    const metadata = await fetchJson(egress, place).catch(() => undefined);
    const url = metadata === undefined ? undefined : stringMember(metadata, 'jwks_uri');
    if (url !== undefined && metadata?.['issuer'] === issuer) return url;
  }
  throw new GatewayError('upstream_failed', 'The issuer has no metadata that names it.');
}

async function fetchJson(egress: Pick<Egress, 'request'>, url: string): Promise<JsonObject> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel('deadline'), limits.issuerKeysReadMs);
  try {
    const answer = await egress.request({
      url,
      method: 'GET',
      headers: { accept: 'application/json' },
      cancellation,
      headersTimeoutMs: limits.issuerKeysReadMs,
    });
    if (answer.status !== 200) {
      answer.discard();
      throw new GatewayError('upstream_failed', `It answered with status ${answer.status}.`);
    }
    const value: unknown = JSON.parse(
      (await answer.bytes(limits.issuerKeysBytesMax)).toString('utf8'),
    );
    if (isJsonObject(value)) return value;
    throw new GatewayError('upstream_failed', 'It did not answer with an object.');
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('upstream_failed', undefined, { cause: error });
  } finally {
    clearTimeout(timer);
    cancellation.cancel('cancelled');
  }
}
