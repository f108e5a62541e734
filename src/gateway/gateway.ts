import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Bus } from '../kernel/bus.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Principal, TenantId } from '../kernel/principal.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import type { McpOutcome } from '../mcp/message.ts';
import type { UsageLog } from '../metering/store.ts';
import { ConcurrencyGate } from '../policy/concurrency-gate.ts';
import type { Permitted, Received } from './exchange.ts';
import { forwardUpstream } from './forward-upstream.ts';
import { AggregateLists } from './own/aggregate-list.ts';
import { discover } from './own/discover.ts';
import { ListenHub } from './own/listen.ts';
import { RequestStates } from './request-state.ts';
import { handle, type Filter, type SpineSteps } from './spine.ts';
import { createAuthorize } from './steps/authorize.ts';
import { createMeter } from './steps/meter.ts';
import { createRoute } from './steps/route.ts';

/** What the data plane is made from. */
export interface GatewayContext {
  authenticate(token: string | undefined): Principal | Promise<Principal>;
  snapshotOf(tenant: TenantId): TenantSnapshot;
  readonly usageLog: UsageLog;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly nodeId: string;
  readonly sealRing: readonly SealKey[];
  readonly filters: readonly Filter[];
}

/** The data plane: every door hands its requests here. */
export interface Gateway {
  /** See SpineSteps.authenticate; for doors that must know the caller before they decode. */
  authenticate(token: string | undefined): Principal | Promise<Principal>;
  handle(received: Received): Promise<McpOutcome>;
  /** Ends all listen streams cleanly. */
  endListenStreams(): void;
}

/** Builds the data plane. */
export function createGateway(context: GatewayContext): Gateway {
  const states = new RequestStates(new Seal(context.sealRing, 'request state'));
  const lists = new AggregateLists(new Seal(context.sealRing, 'cursor'));
  const hub = new ListenHub(context.bus);
  const gate = new ConcurrencyGate();
  const steps: SpineSteps = {
    authenticate(received) {
      const principal = context.authenticate(received.token);
      if (principal instanceof Promise) {
        return principal.then((one) => ({ ...received, principal: one }));
      }
      return { ...received, principal };
    },
    route: createRoute((tenant) => context.snapshotOf(tenant)),
    authorize: createAuthorize(),
    limit: ({ principal }) => gate.enter(principal.tenant),
    meter: createMeter(context),
    forward: (permitted) => forward(permitted, states, lists, hub),
  };
  return {
    authenticate: (token) => context.authenticate(token),
    handle: (received) => handle(steps, context.filters, received),
    endListenStreams: () => hub.endAll(),
  };
}

function forward(
  permitted: Permitted,
  states: RequestStates,
  lists: AggregateLists,
  hub: ListenHub,
): Promise<McpOutcome> {
  const { target, request } = permitted;
  if (target.kind === 'upstream') return forwardUpstream(permitted, target, states);
  if (request.method === 'subscriptions/listen') return hub.listen(permitted, target);
  if (request.method === 'server/discover') return Promise.resolve(discover(permitted, target));
  return lists.list(permitted, target);
}
