import { GatewayError, RpcError } from '../kernel/errors.ts';
import type { JsonBytes } from '../kernel/json-bytes.ts';
import { limits } from '../kernel/limits.ts';
import { keptOutcome } from '../mcp/kept-outcome.ts';
import { pause } from '../kernel/pause.ts';
import { rpcCode } from '../mcp/protocol.ts';
import type { Admitted } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { handleInTime } from './handle-in-time.ts';

/** The pause before a request that is only to be asked again is asked again. */
const ASK_AGAIN_MS = 1_000;

/**
 * Runs a request for a caller that cannot be asked anything: a service that only wants to be asked
 * again is, one that has a question is refused. Throws what the spine throws.
 */
export async function runOnce(
  gateway: Pick<Gateway, 'handle'>,
  admitted: Admitted,
): Promise<JsonBytes> {
  const { request, io } = admitted;
  let again = admitted;
  for (let round = 0; round < limits.inputRoundsMax; round++) {
    const outcome = await handleInTime(gateway, again);
    if (outcome.resultType !== 'input_required') return keptOutcome(outcome).result;
    const { inputRequests = {}, requestState } = outcome;
    if (Object.keys(inputRequests).length > 0) throw new GatewayError('missing_capability');
    await pause(ASK_AGAIN_MS, io.cancellation);
    const state = requestState === undefined ? {} : { requestState };
    again = {
      ...admitted,
      bytesIn: 0,
      request: { ...request, params: { ...request.params, ...state } },
    };
  }
  throw new RpcError(rpcCode.internalError, 'The service keeps asking to be asked again.');
}
