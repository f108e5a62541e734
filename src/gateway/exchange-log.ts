import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Observer } from './observer.ts';

/** Writes one debug line for every exchange: who asked for what, how it ended, how long it took. */
export function createExchangeLog(log: Log): Observer {
  return {
    observe: ({ principal, request, target, workId, sessionId }, ending) => {
      const { outcome, error, durationMs, upstreamMs, bytesOut } = ending;
      const live = target !== undefined && 'live' in target ? target.live : undefined;
      const name = target !== undefined && 'name' in target ? target.name : null;
      log.debug(
        {
          method: request.method,
          slug: live?.service.slug,
          name,
          outcome,
          ...(error === undefined ? {} : { code: codeOf(error) }),
          durationMs,
          upstreamMs,
          bytesOut,
          tenant: principal.tenant,
          grantId: principal.grantId,
          credentialId: principal.credentialId,
          workId,
          sessionId,
        },
        'exchange',
      );
    },
  };
}

function codeOf(error: unknown): string | number {
  if (error instanceof GatewayError) return error.code;
  return error instanceof RpcError ? error.rpcCode : 'internal';
}
