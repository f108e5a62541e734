import type { Admitted, SearchTarget, Target, UpstreamTarget } from '../exchange.ts';
import { invalidState, type RequestStates, type ResumedState } from '../request-state.ts';

/** A target with what its client brought back of the round before. */
export interface ResumedTarget {
  readonly target: Target;
  readonly resumed: ResumedState;
}

/**
 * Opens the state of a request that goes on where an earlier round stopped: it leads to the very
 * service that asked. Throws RpcError -32602 when the state is not this request's.
 */
export function resumeTarget(
  { principal, request }: Admitted,
  target: UpstreamTarget | SearchTarget,
  states: RequestStates,
): ResumedTarget {
  const { params, name } = target;
  const { method } = request;
  const resumed = states.unwrap(params['requestState'], { owner: principal, method, params });
  const candidates = target.kind === 'search' ? target.candidates : [target.live];
  const live = candidates.find(({ service }) => service.id === resumed.serviceId);
  if (live === undefined) throw invalidState();
  return { target: { kind: 'upstream', live, params, name }, resumed };
}
