import type { OpenChannel } from '../peer-channel.ts';

/** What a transport is to the sessions on it. */
export interface LegacyTransport {
  readonly open: OpenChannel;
  /** True when one session serves every caller (a stdio child). */
  readonly shared: boolean;
  /**
   * True when nothing tells to which call a question of the server belongs. A session then runs
   * one call at a time that may be asked something.
   */
  readonly exclusive: boolean;
  /** Sessions open at once. */
  readonly sessionsMax: number;
  /** A session without traffic is closed after this long; undefined = never. */
  readonly idleMs: number | undefined;
}
