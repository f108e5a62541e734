import type { OpenChannel } from '../../../client/peer-channel.ts';

/** What a transport is to the sessions on it. */
export interface LegacyTransport {
  readonly open: OpenChannel;
  /**
   * True when one session serves every caller (a stdio child). Such a session runs one call at a
   * time that may be asked something, because nothing else tells whose question it is.
   */
  readonly shared: boolean;
  /** Sessions open at once. */
  readonly sessionsMax: number;
  /** A session without traffic is closed after this long; undefined = never. */
  readonly idleMs: number | undefined;
}
