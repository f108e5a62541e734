/** Which hosts and browser origins the gateway serves. */
export interface OriginPolicy {
  /** Host header values (`name` or `name:port`) besides the loopback names. */
  readonly allowedHosts: readonly string[];
  /** Origins (`scheme://host[:port]`) of browser pages that may call. */
  readonly allowedOrigins: readonly string[];
}

/** True when a request with this Host and Origin may be served. */
export type OriginGuard = (host: string | undefined, origin: string | undefined) => boolean;

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Builds the guard against DNS rebinding and foreign pages: the Host must be a loopback name or
 * allowed; an Origin, when present, must be allowed or be the very host that is asked.
 */
export function createOriginGuard(policy: OriginPolicy): OriginGuard {
  const hosts = new Set(policy.allowedHosts.map((host) => host.toLowerCase()));
  const origins = new Set(policy.allowedOrigins.map((origin) => origin.toLowerCase()));
  const known = new Map<string, boolean>();
  const hostAllowed = (host: string): boolean => {
    const name = host.toLowerCase();
    const bare = name.replace(/:\d{1,5}$/, '');
    return hosts.has(name) || hosts.has(bare) || LOOPBACK.test(bare);
  };
  const originAllowed = (origin: string, host: string): boolean => {
    const text = origin.toLowerCase();
    if (origins.has(text)) return true;
    const own = /^https?:\/\/(.+)$/.exec(text)?.[1];
    return own !== undefined && own === host.toLowerCase();
  };
  return (host, origin) => {
    if (host === undefined) return false;
    let allowed = known.get(host);
    if (allowed === undefined) {
      allowed = hostAllowed(host);
      if (known.size < 1_000) known.set(host, allowed);
    }
    return allowed && (origin === undefined || originAllowed(origin, host));
  };
}
