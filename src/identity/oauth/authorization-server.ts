import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request to the authorization server, as the door hands it on. */
export interface AuthorizationRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The gateway's own URL as this client sees it; the issuer. */
  readonly baseUrl: string;
  /** Where the client is, for bounds per address. */
  readonly address: string;
}

/**
 * The authorization server of the gateway's own (OAuth 2.1). It keeps nothing in memory that
 * another instance would need: any instance may serve the next step of a flow.
 */
export interface AuthorizationServer {
  /** Serves one request to a path that is the server's own; never rejects. */
  serve(request: AuthorizationRequest): Promise<void>;
}
