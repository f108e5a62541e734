import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../kernel/errors.ts';
import type { OriginGuard } from './origin-guard.ts';

/**
 * Refuses what a foreign page or a rebound name sends. Throws GatewayError `origin_refused`; two
 * Host headers are refused too, for programs read them differently (RFC 9112 §3.2).
 */
export function checkOrigin(guard: OriginGuard, request: IncomingMessage): void {
  const { host, origin } = request.headers;
  if (!guard(host, origin) || hasTwoHosts(request)) throw new GatewayError('origin_refused');
}

function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts !== 1;
}
