import type { Config } from './config/config-schema.ts';

/** Where a gateway of this configuration listens, as a client on this machine reaches it. */
export function listenUrl({ server: { host, port, tls } }: Pick<Config, 'server'>): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const scheme = tls === undefined ? 'http' : 'https';
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
