import { Resolver } from 'node:dns/promises';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/** How records are looked up. */
export interface LookupTxtOptions {
  /** `address:port` of servers; those of the system when absent. */
  readonly servers?: readonly string[];
  /** Default `limits.dnsLookupMs`. */
  readonly timeoutMs?: number;
}

/** What a name server says of a name that has no such record. */
const NONE: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * Looks up the TXT records of a domain, at most `limits.dnsTxtRecordsMax` of them; the parts of one
 * record are one text. The function it makes rejects with GatewayError `upstream_unavailable` when
 * no server answers in time, or not with an answer.
 */
export function createLookupTxt({
  servers,
  timeoutMs = limits.dnsLookupMs,
}: LookupTxtOptions = {}): (domain: string) => Promise<readonly string[]> {
  return async (domain) => {
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    if (servers !== undefined) resolver.setServers(servers);
    const late = setTimeout(() => resolver.cancel(), timeoutMs);
    try {
      const records = await resolver.resolveTxt(domain);
      return records.slice(0, limits.dnsTxtRecordsMax).map((parts) => parts.join(''));
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && NONE.has(cause.code)) return [];
      const text = `The name servers did not answer for ${domain}; try again later.`;
      throw new GatewayError('upstream_unavailable', text, { cause });
    } finally {
      clearTimeout(late);
    }
  };
}
