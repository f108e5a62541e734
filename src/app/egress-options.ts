import type { HttpEgressOptions } from '../egress/http-egress.ts';
import type { Config } from './config/config-schema.ts';

/** What the way out to services is made from. */
export function egressOptions({ egress }: Config): HttpEgressOptions {
  const loopback = egress.allowLoopback ? ['127.0.0.0/8', '::1', 'localhost'] : [];
  const policy = { allowHosts: [...egress.allowHosts, ...loopback] };
  return { policy, userAgent: egress.userAgent };
}
