import type { JsonObject } from '../../kernel/json.ts';
import type { Era, ExchangeIo, McpNotification, McpOutcome, McpRequest } from '../message.ts';
import type { Caller } from './caller.ts';
import type { ChangeFilter } from './change-filter.ts';

/** What a server says of itself, in the modern shape. */
export interface DiscoveredServer {
  readonly era: Era;
  /** The revision the gateway speaks with it. */
  readonly protocolVersion: string;
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  readonly instructions?: string;
  /** True when lists differ with the client's capabilities (legacy servers). */
  readonly listsVaryByCapabilities: boolean;
}

/** A request and who makes it. */
export interface CallerRequest extends McpRequest {
  readonly caller: Caller;
}

/** A server of one era in the neutral model. */
export interface EraClient extends AsyncDisposable {
  readonly era: Era;
  /** Asks the server what it is. Throws GatewayError when it cannot be reached. */
  discover(): Promise<DiscoveredServer>;
  /** Runs one request. Throws RpcError for the server's own error, GatewayError otherwise. */
  request(request: CallerRequest, io: ExchangeIo): Promise<McpOutcome>;
  /** Streams change notifications until the exchange, the stream or the connection ends. */
  listen(filter: ChangeFilter, caller: Caller, io: ExchangeIo): AsyncIterable<McpNotification>;
  /** Told that the server's lists changed: what was learnt from them may be wrong. */
  listsChanged(): void;
}
