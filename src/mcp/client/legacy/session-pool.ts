import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { CapabilityProfile } from './capability-profile.ts';
import type { LegacyTransport } from './legacy-transport.ts';
import { LegacyClientSession, type SessionEvents } from './legacy-client-session.ts';

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
    return this.#leaseOf(this.#find(callerKey, profile) ?? this.#start(callerKey, profile));
  }

  /** The caller's most recently used session of any profile, or a new one of this profile. */
  leaseAny(callerKey: string, profile: CapabilityProfile): SessionLease {
    const open = [...this.#entries].filter((one) => one.session.serves(callerKey) && one.isOpen);
    const latest = open.toSorted((a, b) => b.lastUse - a.lastUse)[0];
    return latest === undefined ? this.lease(callerKey, profile) : this.#leaseOf(latest);
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

  #leaseOf(entry: Entry): SessionLease {
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
      if (!entry.session.serves(callerKey) || entry.profile.key !== profile.key) continue;
      const { slot } = entry.session;
      if (!slot.isTaken) return entry;
      if (slot.isParked) continue;
      count++;
      taken ??= entry;
    }
    // Children are dear, and their callers share them: there the next call waits.
    const { shared, sessionsMax } = this.#transport;
    const hasRoom = count < limits.exclusiveSessionsMax && this.#entries.size < sessionsMax;
    return !shared && hasRoom ? undefined : taken;
  }

  #start(callerKey: string, profile: CapabilityProfile): Entry {
    if (this.#closed !== undefined) throw this.#closed;
    this.#makeRoom();
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

  #makeRoom(): void {
    if (this.#entries.size < this.#transport.sessionsMax) return;
    let oldest: Entry | undefined;
    for (const entry of this.#entries) {
      if (!entry.isOpen || entry.session.isBusy) continue;
      if (oldest === undefined || entry.lastUse < oldest.lastUse) oldest = entry;
    }
    if (oldest === undefined) {
      const text = 'All sessions with this service are busy; try again later.';
      throw new GatewayError('too_many', text);
    }
    this.retire(oldest.session);
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
