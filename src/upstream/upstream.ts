import type { JsonObject } from '../kernel/json.ts';
import type { RefusedCredential } from '../kernel/oauth/upstream-oauth.ts';
import type { Era, ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../mcp/message.ts';

/** Something the upstream reported on its own. */
export type UpstreamChange =
  | {
      readonly kind: 'lists';
      readonly lists: readonly ListKind[];
      /** Key of the caller in whose own session it was said; absent where it holds for all. */
      readonly caller?: string;
    }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'lost'; readonly text: string }
  | { readonly kind: 'origins'; readonly origins: readonly OriginHealth[] };

/** How calls to one origin of an API have gone lately. */
export interface OriginHealth {
  readonly origin: string;
  /** Whether the last call got an answer; null before the first. */
  readonly reachable: boolean | null;
  /** False when the last answer was 401 or 403; null before the first answer. */
  readonly authorised: boolean | null;
  /** Recent calls, and those of them that got no answer or a 5xx. */
  readonly calls: number;
  readonly errors: number;
  readonly lastSuccessAtMs: number | null;
  /** `open` refuses calls for a while, `half_open` lets one through to see. */
  readonly breaker: 'closed' | 'open' | 'half_open';
}

/** Something wrong or lossy in what a service is made from. */
export interface ServiceDiagnostic {
  /** An error cost a tool; a warning cost a detail. */
  readonly severity: 'error' | 'warning';
  /** A stable word for programs. */
  readonly code: string;
  /** What it belongs to, for example `GET /pets`. */
  readonly operation?: string;
  readonly text: string;
}

/** The lists an upstream can change. */
export type ListKind = (typeof listKinds)[number];

/** All of them. */
export const listKinds = ['tools', 'prompts', 'resources'] as const;

/** What an upstream says of itself. */
export interface Discovery {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  /** ServerCapabilities in the modern shape. */
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  readonly diagnostics?: readonly ServiceDiagnostic[];
  /** True when lists differ with the client's capabilities (legacy servers). */
  readonly listsVaryByCapabilities: boolean;
}

/** Who a request is made for; pooled state upstream is never shared across callers. */
export interface UpstreamCaller {
  readonly tenant: string;
  readonly grantId: string;
  /** The session at the gateway that the request is made in, if any. */
  readonly sessionId?: string | null;
  /**
   * The caller's own credential for this upstream by the name of an authorization scheme (for
   * example `bearer`), or undefined when it has none: the service's own is used then. `refused` is
   * one that the upstream did not take: another comes in its place. Throws ConnectionNeeded when
   * the caller has to connect an account first.
   */
  credential(scheme: string, refused?: RefusedCredential): Promise<string | undefined>;
  /** Names the account that the caller has there; '' for none. Another account, another name. */
  account(): Promise<string>;
}

/** A caller who has no credentials of its own upstream. */
export function callerOf(tenant: string, grantId: string): UpstreamCaller {
  return { tenant, grantId, credential: noCredential, account: noAccount };
}

const noCredential: UpstreamCaller['credential'] = () => Promise.resolve(undefined);
const noAccount: UpstreamCaller['account'] = () => Promise.resolve('');

/** A request on its way up: names and URIs are the upstream's own. */
export interface UpstreamRequest extends McpRequest {
  readonly caller: UpstreamCaller;
}

/** What a client wants to hear about (basic/patterns/subscriptions, SubscriptionFilter). */
export interface ListenFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
  /** Tasks of the tasks extension, under the ids the upstream gave them. */
  readonly taskIds?: readonly string[];
}

/** One live thing behind the gateway. Every method works for every kind; none is optional. */
export interface Upstream extends AsyncDisposable {
  /**
   * Finds out what the upstream is, as this caller may see it; without one, as the service itself.
   * Throws GatewayError when it cannot be reached.
   */
  discover(signal: AbortSignal, caller?: UpstreamCaller): Promise<Discovery>;
  /** Runs one request. Throws RpcError for an upstream's own error, GatewayError otherwise. */
  request(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome>;
  /**
   * Streams change notifications until the exchange is cancelled or the upstream ends it.
   * An upstream that announces nothing ends only with the exchange.
   */
  listen(
    filter: ListenFilter,
    caller: UpstreamCaller,
    io: ExchangeIo,
  ): AsyncIterable<McpNotification>;
}
