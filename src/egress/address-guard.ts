import ipaddr from 'ipaddr.js';

/** What the operator allows beyond public addresses. */
export interface EgressPolicy {
  /**
   * Hosts (`name`, `*.name`, address, or CIDR block), each with an optional `:port`, that may
   * resolve to addresses that are not public.
   */
  readonly allowHosts: readonly string[];
}

/** Decides on one address of one host. */
export interface AddressGuard {
  /** True when a socket to `address` may be opened for `host:port`. */
  permits(host: string, port: number, address: string): boolean;
}

interface Rule {
  readonly port: number | undefined;
  matches(host: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean;
}

/** IPv4-compatible IPv6 (::/96) reaches IPv4 hosts on some systems yet counts as unicast. */
const V4_COMPATIBLE: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('::'), 96];

/** Builds the guard. Only public unicast addresses pass, and those of hosts the policy names. */
export function createAddressGuard(policy: EgressPolicy): AddressGuard {
  const rules = policy.allowHosts.map(parseRule);
  return {
    permits(host, port, address) {
      if (!ipaddr.isValid(address)) return false;
      const parsed = ipaddr.process(address);
      if (isPublic(parsed)) return true;
      const name = host.toLowerCase().replace(/\.$/, '');
      return rules.some(
        (rule) => (rule.port === undefined || rule.port === port) && rule.matches(name, parsed),
      );
    },
  };
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  return !(address instanceof ipaddr.IPv6 && address.match(...V4_COMPATIBLE));
}

function parseRule(text: string): Rule {
  const { host, port } = splitPort(text.trim().toLowerCase());
  if (ipaddr.isValidCIDR(host)) {
    const [base, bits] = ipaddr.parseCIDR(host);
    return {
      port,
      matches: (_name, address) =>
        address.kind() === base.kind() && address.match([base, bits] as never),
    };
  }
  if (ipaddr.isValid(host)) {
    const wanted = ipaddr.process(host).toNormalizedString();
    return { port, matches: (_name, address) => address.toNormalizedString() === wanted };
  }
  if (host.startsWith('*.')) {
    return { port, matches: (name) => name.endsWith(host.slice(1)) };
  }
  return { port, matches: (name) => name === host };
}

function splitPort(text: string): { host: string; port: number | undefined } {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) {
    const [, host, port] = bracketed;
    return { host: host as string, port: port === undefined ? undefined : Number(port) };
  }
  const named = /^([^:]+):(\d+)$/.exec(text);
  if (named === null) return { host: text, port: undefined };
  return { host: named[1] as string, port: Number(named[2]) };
}
