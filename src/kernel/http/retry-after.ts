const SECONDS_MAX = 3600;

/** `Retry-After` in seconds (RFC 9110 §10.2.3), at most an hour; undefined when there is none. */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>): number | undefined {
  const header = headers['retry-after'];
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, SECONDS_MAX) : undefined;
}
