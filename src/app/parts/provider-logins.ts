import type { Authentication } from '../../identity/create-authentication.ts';
import { createAddressRate } from '../../identity/authentication/address-rate.ts';
import type { LoginWay, ProviderLogins } from '../../identity/oauth/embedded/ports.ts';
import type { SsoConnection } from '../../identity/sso/store.ts';
import { cookieForm, readCookie } from '../../http/api/framework/session-cookie.ts';
import type { Storage } from '../../storage/storage.ts';

/** What the authorization server knows of the tenants' providers. */
export interface ProviderLoginsBase {
  readonly storage: Pick<Storage, 'ssoConnections' | 'grants' | 'tenants'>;
  readonly authentication: Pick<Authentication, 'baseUrl' | 'sessions'>;
  readonly now: () => number;
}

const wayOf = (connection: SsoConnection | undefined): LoginWay | undefined =>
  connection && { id: connection.id, name: connection.name };

/** Lets the gateway's own authorization server offer the tenants' providers. */
export function createProviderLogins(base: ProviderLoginsBase): ProviderLogins {
  const { storage, authentication, now } = base;
  const { ssoConnections, grants, tenants } = storage;
  const rate = createAddressRate(now);
  // Providers send people back to the address that the gateway knows of itself; the cookies of a
  // question that was asked under another one would not be there.
  const isKnown = (baseUrl: string): boolean => baseUrl === authentication.baseUrl();
  return {
    only: async (baseUrl) => {
      if (!isKnown(baseUrl)) return undefined;
      const [first, second] = await ssoConnections.inUse(2);
      if (first === undefined || second !== undefined) return undefined;
      // Everybody who logs in sees its name: another tenant has to have shown who it is.
      const isOperators = (await tenants.list())[0]?.id === first.tenant;
      const isKnownTenant = first.domainsVerified || first.verifiedDomains.length > 0;
      return isOperators || isKnownTenant ? wayOf(first) : undefined;
    },
    discover: async (email, baseUrl, address) => {
      rate(address);
      const domain = /^[^@\s"%_]+@([a-z0-9.-]+)$/i.exec(email)?.[1]?.toLowerCase();
      if (domain === undefined || !isKnown(baseUrl)) return undefined;
      return wayOf(await ssoConnections.findByDomain(domain));
    },
    loggedIn: async (cookies, baseUrl) => {
      const form = cookieForm(new URL(baseUrl).host, { isEncrypted: false }, baseUrl);
      const cookie = form && readCookie(cookies ?? null, form);
      const opened = cookie === undefined ? undefined : await authentication.sessions.open(cookie);
      if (opened === undefined) return undefined;
      const { userId, tenant, grantId, createdAtMs } = opened.session;
      const connectionId = (await grants.get(tenant, grantId))?.clientId ?? undefined;
      return connectionId === undefined ? undefined : { userId, tenant, connectionId, createdAtMs };
    },
  };
}
