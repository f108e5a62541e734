import type { TenantId } from '../../kernel/principal.ts';
import type { TokenHash } from '../token-hash.ts';

/**
 * The TXT records of a domain (RFC 1035 §3.3.14), each as one text; none for a domain that has none
 * or is not there. Rejects with GatewayError `upstream_unavailable` when nobody answers.
 */
export type LookupTxt = (domain: string) => Promise<readonly string[]>;

/** Shows and checks that a domain is a tenant's. */
export interface DomainProof {
  /** The text of the record that the tenant has to put there. */
  recordOf(tenant: TenantId, domain: string): string;
  /** Whether it is there; rejects as `LookupTxt` does. */
  isProven(tenant: TenantId, domain: string): Promise<boolean>;
}

const PREFIX = 'mcp-gateway-verification=';

/**
 * Makes it. Nothing is kept: the token follows from tenant, domain and the key ring, so that it is
 * the same whenever it is asked for, and nobody can put up the one of somebody else.
 */
export function createDomainProof({
  hash,
  lookup,
}: {
  readonly hash: TokenHash;
  readonly lookup: LookupTxt;
}): DomainProof {
  const about = (tenant: TenantId, domain: string) => `sso domain\n${tenant}\n${domain}`;
  return {
    recordOf: (tenant, domain) => `${PREFIX}${hash.of(about(tenant, domain))}`,
    isProven: async (tenant, domain) => {
      // A record that was put up before the keys were rotated is as good.
      const wanted = hash.all(about(tenant, domain)).map((token) => `${PREFIX}${token}`);
      const records = await lookup(domain);
      return records.some((record) => wanted.includes(record.trim()));
    },
  };
}
