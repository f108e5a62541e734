import type { CancelReason } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';

/** The error with which a cancelled exchange ends. */
export function cancelError(reason: CancelReason): GatewayError {
  if (reason === 'deadline') return new GatewayError('upstream_timeout');
  if (reason === 'shutdown') return new GatewayError('shutting_down');
  return new GatewayError('cancelled');
}
