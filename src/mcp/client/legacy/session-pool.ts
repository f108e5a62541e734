import { GatewayError } from '../../../kernel/errors.ts';
import type { CapabilityProfile } from './capability-profile.ts';
import type { LegacyTransport } from './legacy-transport.ts';
import { LegacyClientSession, NOBODY, type SessionEvents } from './legacy-client-session.ts';

interface Entry {
  readonly profile: CapabilityProfile;
  readonly session: LegacyClientSession;
  readonly opened: Promise<void>;
  isOpen: boolean;
  usedMs: number;
  /** Orders uses that fall into the same millisecond. */
  lastUse: number;
}

/** A session for as long as somebody needs it; it is usable once `opened` resolves. */
export interface SessionLease {
  readonly session: LegacyClientSession;
  readonly opened: Promise<void>;
  /** Gives the session back; called once. */
  readonly release: () => void;
}

/** How often sessions without traffic are looked for. */
const SWEEP_MS = 60_000;

/**
 * The open sessions with one server: one per caller and capability profile, opened once however
 * many calls want it, bounded, the least recently used idle one closed to make room.
 */
export class SessionPool {
  readonly #transport: LegacyTransport;
  readonly #events: SessionEvents;
  readonly #entries = new Set<Entry>();
  /** Sessions that still have calls but get no new ones. */
  readonly #retired = new Set<LegacyClientSession>();
  #uses = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #closed: GatewayError | undefined;

  constructor(transport: LegacyTransport, events: SessionEvents) {
    this.#transport = transport;
    this.#events = {
      ...events,
      lost: (session, error) => {
        this.#forget(session);
        events.lost(session, error);
      },
    };
  }

  /** A session for this caller and profile; opens one when there is none with room. */
  lease(callerKey: string, profile: CapabilityProfile): SessionLease {
    const entry = this.#find(callerKey, profile) ?? this.#start(callerKey, profile);
    return this.#leaseOf(entry, callerKey);
  }

  /** The caller's most recently used session of any profile, or a new one of this profile. */
  leaseAny(callerKey: string, profile: CapabilityProfile): SessionLease {
    const latest = this.#latestOpen((one) => one.session.serves(callerKey));
    return latest === undefined ? this.lease(callerKey, profile) : this.#leaseOf(latest, callerKey);
  }

  /** Any session of this profile, whoever's it is: only what its server said of itself is read. */
  leaseFacts(profile: CapabilityProfile): SessionLease {
    const latest = this.#latestOpen((one) => one.profile.key === profile.key);
    return latest === undefined ? this.lease(NOBODY, profile) : this.#leaseOf(latest, NOBODY);
  }

  /** The session takes no more calls and closes after the ones it has. */
  retire(session: LegacyClientSession): void {
    this.#forget(session);
    for (const old of this.#retired) if (!old.isBusy) this.#retired.delete(old);
    this.#retired.add(session);
    session.retire(new GatewayError('upstream_failed', 'The service ended the session.'));
  }

  /** Closes every session and opens no more. */
  async close(error: GatewayError): Promise<void> {
    this.#closed = error;
    clearInterval(this.#sweeper);
    const sessions = [...[...this.#entries].map(({ session }) => session), ...this.#retired];
    this.#entries.clear();
    this.#retired.clear();
    await Promise.all(sessions.map((session) => session.close(error)));
  }

  #latestOpen(isGood: (entry: Entry) => boolean): Entry | undefined {
    const open = [...this.#entries].filter((one) => one.isOpen && isGood(one));
    return open.toSorted((a, b) => b.lastUse - a.lastUse)[0];
  }

  #leaseOf(entry: Entry, callerKey: string): SessionLease {
    entry.session.claim(callerKey);
    this.#uses++;
    entry.lastUse = this.#uses;
    entry.usedMs = Date.now();
    return { session: entry.session, opened: entry.opened, release: entry.session.hold() };
  }

  /** True when a call that may be asked something need not wait for the one that is running. */
  hasBetter(callerKey: string, profile: CapabilityProfile): boolean {
    return this.#find(callerKey, profile)?.session.slot.isTaken !== true;
  }

  /** Prefers a session without a call that may be asked; undefined asks for one more session. */
  #find(callerKey: string, profile: CapabilityProfile): Entry | undefined {
    let taken: Entry | undefined;
    let count = 0;
    for (const entry of this.#entries) {
      if (!entry.session.serves(callerKey) || entry.profile.asks !== profile.asks) continue;
      count++;
      if (entry.profile.key !== profile.key) continue;
      const { slot } = entry.session;
      if (!slot.isTaken) return entry;
      if (!slot.isParked) taken ??= entry;
    }
    const { sessionsPerCallerMax, sessionsMax } = this.#transport;
    const hasRoom = count < sessionsPerCallerMax && this.#entries.size < sessionsMax;
    return hasRoom ? undefined : taken;
  }

  #start(callerKey: string, profile: CapabilityProfile): Entry {
    if (this.#closed !== undefined) throw this.#closed;
    this.#makeRoom(callerKey, profile);
    const session = new LegacyClientSession(this.#transport, callerKey, profile, this.#events);
    const entry: Entry = {
      profile,
      session,
      opened: session.open().then(
        () => {
          entry.isOpen = true;
        },
        async (error: unknown) => {
          this.#forget(session);
          await session.close(new GatewayError('upstream_failed'));
          throw error;
        },
      ),
      isOpen: false,
      usedMs: Date.now(),
      lastUse: 0,
    };
    this.#entries.add(entry);
    this.#sweepIdle();
    return entry;
  }

  /** Ends what is least missed, so that one more session may be opened. */
  #makeRoom(callerKey: string, { asks }: CapabilityProfile): void {
    const { sessionsPerCallerMax, sessionsMax } = this.#transport;
    // Calls that cannot be asked anything never wait for those that can.
    const own = [...this.#entries].filter(
      ({ session, profile }) => session.serves(callerKey) && profile.asks === asks,
    );
    if (own.length >= sessionsPerCallerMax) this.#endOne(own);
    else if (this.#entries.size >= sessionsMax) this.#endOne([...this.#entries]);
  }

  /**
   * Ends the one used longest ago of those that do nothing; else the one whose call has waited
   * longest for its user, of whoever has most sessions: nobody is kept out by questions that
   * others leave unanswered.
   */
  #endOne(entries: readonly Entry[]): void {
    const idle = entries.filter(({ isOpen, session }) => isOpen && !session.isBusy);
    const least = leastOf(idle, ({ lastUse }) => lastUse) ?? longestParked(entries);
    if (least === undefined) {
      const text = 'All sessions with this service are busy; try again later.';
      throw new GatewayError('too_many', text);
    }
    this.retire(least.session);
    least.session.giveUpParked('its place was needed');
  }

  #sweepIdle(): void {
    const { idleMs } = this.#transport;
    if (idleMs === undefined || this.#sweeper !== undefined) return;
    this.#sweeper = setInterval(
      () => {
        for (const entry of this.#entries) {
          const isOld = entry.usedMs + idleMs < Date.now();
          if (isOld && entry.isOpen && !entry.session.isBusy) {
            this.retire(entry.session);
          }
        }
        if (this.#entries.size > 0) return;
        clearInterval(this.#sweeper);
        this.#sweeper = undefined;
      },
      Math.min(SWEEP_MS, idleMs),
    );
    this.#sweeper.unref();
  }

  #forget(session: LegacyClientSession): void {
    for (const entry of this.#entries) if (entry.session === session) this.#entries.delete(entry);
  }
}

/** Of the owner with most sessions, and of those with one each of the owner of any. */
function longestParked(entries: readonly Entry[]): Entry | undefined {
  const counts = new Map<string | undefined, number>();
  for (const { session } of entries) {
    counts.set(session.owner, (counts.get(session.owner) ?? 0) + 1);
  }
  const parked = entries.filter(({ session }) => session.slot.isParked);
  const most = Math.max(...parked.map(({ session }) => counts.get(session.owner) ?? 0));
  const ofMost = parked.filter(({ session }) => counts.get(session.owner) === most);
  return leastOf(ofMost, ({ session }) => session.slot.parkedAtMs ?? Infinity);
}

function leastOf(entries: readonly Entry[], valueOf: (entry: Entry) => number): Entry | undefined {
  return entries.toSorted((a, b) => valueOf(a) - valueOf(b))[0];
}
