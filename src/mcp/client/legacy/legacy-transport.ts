import type { OpenChannel } from '../peer-channel.ts';

/** Whose a session with a server may be. */
export type Isolation = 'shared' | 'caller' | 'session';

/** What a transport is to the sessions on it. */
export interface LegacyTransport {
  readonly open: OpenChannel;
  /** Whose a session is: everybody's, one caller's, or one session of a caller. */
  readonly isolation: Isolation;
  /**
   * True when nothing tells to which call a question of the server belongs. A session then runs
   * one call at a time that may be asked something.
   */
  readonly exclusive: boolean;
  /** True when servers ask what they ask every new client before there is a call. */
  readonly asksFirst: boolean;
  /** Sessions open at once, and those of one caller (of all, where they are everybody's). */
  readonly sessionsMax: number;
  readonly sessionsPerCallerMax: number;
  /** A session without traffic is closed after this long; undefined = never. */
  readonly idleMs: number | undefined;
}
