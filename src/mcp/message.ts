import type { Cancellation } from '../kernel/cancellation.ts';
import type { JsonBytes } from '../kernel/json-bytes.ts';
import type { JsonObject } from '../kernel/json.ts';

/**
 * The neutral model: what every door decodes to and every connector answers in. It is the shape
 * of MCP 2026-07-28; older ones are translated to it at the edge (server/legacy, client/legacy).
 */

/** Modern = 2026-07-28 and later; legacy = 2025-11-25 and earlier (basic/versioning). */
export type Era = 'modern' | 'legacy';

/** What the calling client is and can do, for this request only. Never used to authorize. */
export interface ClientProfile {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly info?: JsonObject;
  /** ClientCapabilities as the client declared them. */
  readonly capabilities: JsonObject;
  /** True for a caller that speaks no MCP: what is a task to others it waits for. */
  readonly waitsForTasks?: boolean;
}

/** One request, free of its wire: no id, no envelope keys in `_meta`. */
export interface McpRequest {
  readonly method: string;
  /**
   * The parameters. `_meta` keeps only what is not the envelope's (no protocolVersion, clientInfo,
   * clientCapabilities, logLevel, progressToken). `inputResponses` and `requestState` of a retry
   * stay where 2026-07-28 has them: beside `name` and `arguments`.
   */
  readonly params: JsonObject;
  readonly client: ClientProfile;
  /** The least severe log level the client wants for this request; absent = none. */
  readonly logLevel?: string;
  /** True when the client asked for progress; its token stays with the door. */
  readonly wantsProgress: boolean;
}

/** A notification; progress and log messages carry no token: the door adds the client's. */
export interface McpNotification {
  readonly method: string;
  readonly params: JsonObject;
}

/** Finished: the result object, with or without `resultType` and `_meta` in it. */
export interface CompleteOutcome {
  readonly resultType: 'complete';
  readonly result: JsonBytes;
  /** True when the gateway had the result already and asked nobody. */
  readonly isCached?: boolean;
  /** True when it was given to an earlier call of which this one is a repetition. */
  readonly isReplayed?: boolean;
  /**
   * Present only where the request's io had a pipe: the result's memory is lent. Whoever sent the
   * result calls it when the bytes are needed no more; not calling it costs nothing but memory.
   */
  readonly release?: () => void;
}

/** More input is needed; at least one of the two members is present (basic/patterns/mrtr). */
export interface InputRequiredOutcome {
  readonly resultType: 'input_required';
  readonly inputRequests?: Readonly<Record<string, JsonObject>>;
  readonly requestState?: string;
  /** `_meta` of the upstream's result, without envelope keys. */
  readonly meta?: JsonObject;
}

/** A result type of an extension that the client declared (for example `task`). */
export interface ExtensionOutcome {
  readonly resultType: 'extension';
  readonly result: JsonBytes;
  /** True when it was given to an earlier call of which this one is a repetition. */
  readonly isReplayed?: boolean;
}

/** Finished, and all of the result but its closing brace has gone through the request's pipe. */
export interface PipedOutcome {
  readonly resultType: 'piped';
  /** The result's length without its closing brace. */
  readonly bytes: number;
  readonly isError: boolean;
  /** False when the result lacks the `resultType` that its absence stands for. */
  readonly hasResultType: boolean;
  /** False when the result of a call lacks the `content` that every client expects. */
  readonly hasContent: boolean;
}

/** What a request comes to whose io has no pipe; failures are thrown (GatewayError, RpcError). */
export type KeptOutcome = CompleteOutcome | InputRequiredOutcome | ExtensionOutcome;

/** What a request comes to; failures are thrown (GatewayError, RpcError). */
export type McpOutcome = KeptOutcome | PipedOutcome;

/**
 * Takes the bytes of a large complete result while they arrive, so that nobody has to hold them.
 * What has begun can only be finished or broken off.
 */
export interface ResultPipe {
  /** Called before the first bytes; false when the answer has begun in another way. */
  begin(): boolean;
  /** Hands bytes on; false when they must stay as they are because they are still to be sent. */
  write(bytes: Buffer): boolean;
  /** A promise while the reader is slow: whoever writes waits for it. */
  readonly flowing: Promise<void> | undefined;
  /** Bytes of the result that were handed on. */
  readonly written: number;
}

/** The way back to the client while a request runs. */
export interface ExchangeIo {
  readonly cancellation: Cancellation;
  /** Epoch milliseconds after which the exchange is cut. */
  readonly deadlineMs: number;
  /** Notifications sent so far. */
  readonly notified: number;
  /**
   * Sends a notification that belongs to this request. A returned promise asks the sender to
   * wait before it sends more (the client reads slowly).
   */
  notify(notification: McpNotification): Promise<void> | undefined;
  /** True once no connection waits for the answer any more. */
  readonly isDetached?: boolean;
  /** Told that the service works on as a task: the answer need not be waited for. */
  began?(): void;
  /** Told under which id the exchange will be recorded. */
  recorded?(usageId: string): void;
  /** Absent where a result must be whole before it goes anywhere. */
  readonly pipe?: ResultPipe;
}
