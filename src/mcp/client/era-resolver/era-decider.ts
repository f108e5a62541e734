import type { Cancellation } from '../../../kernel/cancellation.ts';
import type { GatewayError } from '../../../kernel/errors.ts';
import type { EraClient } from '../era-client.ts';

/** What was found out about a server. */
export interface EraVerdict {
  readonly client: EraClient;
  /** How it is reached, in the decider's own words; equal for equal findings. */
  readonly transport: string;
}

/** A verdict that was dropped, and the error that made it doubtful. */
export interface DoubtedVerdict {
  readonly verdict: EraVerdict;
  readonly error: unknown;
}

/**
 * What an error says of a verdict: nothing, that it is to be found out again on the next use, or
 * that besides the request was refused unread and may be sent again.
 */
export type Doubt = 'none' | 'drop' | 'repeat';

/** Where clients live. */
export interface EraHost {
  /** Cancelled when the server is needed no more. */
  readonly closing: Cancellation;
  /** The connection of a client is gone; what was found out with it is, too. */
  lost(client: EraClient, error: GatewayError): void;
}

/** Finds out which era a server speaks; one for each way in which servers are reached. */
export interface EraDecider {
  /**
   * Makes a client of the server's era. `doubted` is the verdict that an error made doubtful last.
   * Throws GatewayError when the server cannot be reached.
   */
  decide(host: EraHost, doubted: DoubtedVerdict | undefined): Promise<EraVerdict>;
  /** Judges the failure of a request. */
  doubt(verdict: EraVerdict, error: unknown): Doubt;
  /** Ends every connection and opens no more. */
  close(): Promise<void>;
}
