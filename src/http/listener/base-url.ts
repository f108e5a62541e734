/**
 * The URL under which a client reached the gateway, without a slash at the end; the Host header of
 * its request, which was checked before, decides where no public URL is configured.
 */
export type BaseUrlOf = (host: string | undefined) => string;

/** Makes it from the configured public URL, if there is one; else from the port's own scheme. */
export function createBaseUrl(
  publicUrl: string | undefined,
  scheme: 'http' | 'https' = 'http',
): BaseUrlOf {
  if (publicUrl !== undefined) {
    const { origin, pathname } = new URL(publicUrl);
    const fixed = `${origin}${pathname.replace(/\/+$/, '')}`;
    return () => fixed;
  }
  return (host) => `${scheme}://${(host ?? 'localhost').toLowerCase()}`;
}
