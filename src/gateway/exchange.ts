import type { IncomingHttpHeaders } from 'node:http';
import type { ServiceRuntime } from '../catalog/service-runtime.ts';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { JsonObject } from '../kernel/json.ts';
import type { Principal } from '../kernel/principal.ts';
import type { ExchangeIo, McpRequest } from '../mcp/message.ts';
import type { ResumedState } from './request-state.ts';
import type { TaskReference } from './task-reference.ts';

/** Which part of the tenant's services an address stands for. */
export type Endpoint =
  | { readonly kind: 'all' }
  /** Some services, under the names they have among all. */
  | { readonly kind: 'some'; readonly slugs: readonly string[] }
  /** One service, names and URIs untouched: the identity endpoint. */
  | { readonly kind: 'service'; readonly slug: string }
  /** A curated set of tools, prompts and resources. */
  | { readonly kind: 'bundle'; readonly slug: string };

/** Takes HTTP headers, names and values in turn. */
export interface HeaderSink {
  addHeaders(headers: readonly string[]): void;
}

/** A request of a caller whom a door has admitted; nobody has judged it yet. */
export interface Admitted {
  readonly principal: Principal;
  readonly endpoint: Endpoint;
  readonly request: McpRequest;
  readonly io: ExchangeIo;
  readonly bytesIn: number;
  /** The session it came in (one its caller made, or a legacy one), or null. */
  readonly sessionId: string | null;
  /** The HTTP headers, for the `Mcp-Param-*` check; undefined on doors without headers. */
  readonly headers: IncomingHttpHeaders | undefined;
  /** Takes headers for the answer, whatever it will be; undefined on doors without headers. */
  readonly answer: HeaderSink | undefined;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** The monotonic clock at the same moment, milliseconds. */
  readonly startedMonotonicMs: number;
}

/** One service's upstream, with the parameters as that upstream knows them. */
export interface UpstreamTarget {
  readonly kind: 'upstream';
  readonly live: ServiceRuntime;
  readonly params: JsonObject;
  /** As its client sent them, when a filter changed them: what a round is bound to. */
  readonly routed?: JsonObject | undefined;
  /** The tool, prompt or resource on its service, or null. */
  readonly name: string | null;
}

/** Something that no service lists: services are asked for it one after the other. */
export interface SearchTarget {
  readonly kind: 'search';
  /** In the order in which they are asked. */
  readonly candidates: readonly ServiceRuntime[];
  readonly params: JsonObject;
  readonly routed?: JsonObject | undefined;
  readonly name: string | null;
  /** The service whose answer was given; set when there is one, for the usage record. */
  found?: ServiceRuntime;
}

/** A task, wherever it is kept. */
export interface TaskTarget {
  readonly kind: 'task';
  readonly live: ServiceRuntime;
  readonly task: TaskReference;
  /** The id as its client knows it. */
  readonly taskId: string;
}

/** The gateway itself, answering for some services. */
export interface GatewayTarget {
  readonly kind: 'gateway';
  readonly snapshot: TenantSnapshot;
  readonly services: readonly ServiceRuntime[];
}

/** Where a request goes. */
export type Target = UpstreamTarget | SearchTarget | TaskTarget | GatewayTarget;

/** …whose destination is known, and the work that it belongs to. */
export interface Routed extends Admitted {
  readonly target: Target;
  /** The id of this exchange, and of its usage record. */
  readonly attemptId: string;
  /**
   * What is charged at most once: the first exchange's id, in every round of input that follows and
   * in everything about a task that a call became; or what the client's idempotency key stands for.
   */
  readonly workId: string;
  /** What billing rules ask of the call; see `attributesOf`. */
  readonly attributes: string | null;
  /** Whether a billing rule counts what the tool reports of itself. */
  readonly isReportAsked: boolean;
  /** Whether a billing rule says that somebody is paid for the tool. */
  readonly isPaid: boolean;
  /** What the client brought back of the round before, or undefined in a first one. */
  readonly resumed: ResumedState | undefined;
}

declare const permittedBrand: unique symbol;

/** …that may go ahead; only `authorize` makes one. */
export interface Permitted extends Routed {
  readonly [permittedBrand]: true;
}
