import type { JSONWebKeySet } from 'jose';
import type { Egress } from '../../kernel/egress.ts';
import { limits } from '../../kernel/limits.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import { createRemoteKeys, type RemoteKeys } from '../oauth/external/remote-keys.ts';

/** What reading providers' keys needs. */
export interface ProviderKeySetsOptions {
  readonly egress: Pick<Egress, 'request'>;
  readonly now: () => number;
}

/** The keys of an issuer by which it signs; read again when it lacks the one that is asked for. */
export function createProviderKeySets({
  egress,
  now,
}: ProviderKeySetsOptions): (issuer: string, keyId: string | undefined) => Promise<JSONWebKeySet> {
  const known = new RecentMap<string, RemoteKeys>(limits.ssoProvidersCachedMax);
  return (issuer, keyId) => {
    const keys = known.get(issuer) ?? createRemoteKeys({ issuer, jwksUrl: undefined, egress, now });
    known.set(issuer, keys);
    return keys.get(keyId);
  };
}
