const SECONDS_MAX = 3600;

/** `Retry-After` in seconds (RFC 9110 §10.2.3), at most an hour; undefined when there is none. */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>): number | undefined {
  const given = headers['retry-after'];
  if (given === undefined) return undefined;
  const seconds = /^\d+$/.test(given.trim())
    ? Number(given)
    : Math.ceil((Date.parse(given) - Date.now()) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, SECONDS_MAX) : undefined;
}
