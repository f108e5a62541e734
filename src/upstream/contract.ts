import type { z } from 'zod';
import type { Log } from '../kernel/log.ts';
import type { Egress } from '../kernel/egress.ts';
import type { Upstream, UpstreamCaller, UpstreamChange } from './upstream.ts';

export type {
  Discovery,
  ListenFilter,
  ListKind,
  OriginHealth,
  ServiceDiagnostic,
  Upstream,
  UpstreamCaller,
  UpstreamChange,
  UpstreamRequest,
} from './upstream.ts';

/** What a connector gets when it opens an upstream. */
export interface ConnectorContext {
  readonly serviceId: string;
  readonly slug: string;
  /** Aborted when the service is removed or the gateway stops. */
  readonly signal: AbortSignal;
  /** The one door out; connectors open no socket of their own. */
  readonly egress: Egress;
  /** The service itself as a caller: for what belongs to nobody's request. */
  readonly caller: UpstreamCaller;
  /** Reads a secret of the service by name. Throws GatewayError when there is none. */
  secret(name: string): Promise<string>;
  readonly log: Log;
  /**
   * Called by the upstream when its lists or a resource changed, or when it died. The catalog
   * re-reads; `listen` streams are told.
   */
  changed(change: UpstreamChange): void;
  /** Does work again and again, one run at a time, until the answer is disposed. */
  repeat(everyMs: number, work: () => Promise<void>): Disposable;
}

/** A kind of upstream. `specification` versions this contract. */
export interface Connector<Config = unknown> {
  readonly kind: string;
  readonly specification: 'v1';
  /** The configuration's schema; unknown keys are errors. */
  readonly config: z.ZodType<Config>;
  /** Who may register it: a connector that runs commands is for operators only. */
  readonly operatorOnly: boolean;
  /** Opens the upstream; cheap: nothing is contacted before `discover` or `request`. */
  open(config: Config, context: ConnectorContext): Promise<Upstream>;
}
