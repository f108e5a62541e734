import type { Egress } from '../../kernel/egress.ts';
import { limits } from '../../kernel/limits.ts';
import type { ServiceTimeouts } from '../../upstream/timeouts.ts';

/**
 * The way out with the times of one service. Silence is measured in what answers a POST: streams
 * that a server opens for its own news may say nothing for hours.
 */
export function timedEgress(egress: Egress, times: ServiceTimeouts = {}): Egress {
  const { connectMs, firstByteMs, idleMs = limits.upstreamIdleMs } = times;
  const own = {
    connectTimeoutMs: connectMs,
    ...(firstByteMs === undefined ? {} : { headersTimeoutMs: firstByteMs }),
  };
  return {
    connect: (target) => egress.connect(target),
    openWebSocket: (request) => egress.openWebSocket(request),
    request: (request) => {
      const isMeasured = request.method === 'POST' && !('idleTimeoutMs' in request);
      return egress.request({
        ...own,
        ...(isMeasured ? { idleTimeoutMs: idleMs } : {}),
        ...request,
      });
    },
  };
}
