import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { cancelError } from '../kernel/cancellation.ts';
import type { McpOutcome } from '../mcp/message.ts';
import { isListen } from '../mcp/protocol.ts';
import type { Admitted } from './exchange.ts';
import type { Gateway } from './gateway.ts';

/**
 * Runs one request through the spine and cuts it at its deadline; a listen stream has none.
 * Throws what the spine throws; an exchange that was cut says why.
 */
export async function handleInTime(
  gateway: Pick<Gateway, 'handle'>,
  admitted: Admitted,
): Promise<McpOutcome> {
  const { cancellation } = admitted.io;
  const timer = isListen(admitted.request)
    ? undefined
    : setTimeout(() => cancellation.cancel('deadline'), limits.exchangeTotalMs);
  timer?.unref();
  try {
    return await gateway.handle(admitted);
  } catch (error) {
    const { reason } = cancellation;
    const isCut = error instanceof GatewayError && error.code === 'cancelled';
    throw isCut && reason !== undefined ? cancelError(reason) : error;
  } finally {
    clearTimeout(timer);
  }
}
