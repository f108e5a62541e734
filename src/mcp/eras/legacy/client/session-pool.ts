import { GatewayError } from '../../../../kernel/errors.ts';
import type { CapabilityProfile } from './capability-profile.ts';
import type { LegacyTransport } from './legacy-transport.ts';
import { LegacySession, type SessionEvents } from './legacy-session.ts';

interface Entry {
  readonly callerKey: string;
  readonly profile: CapabilityProfile;
  readonly session: LegacySession;
  readonly opening: Promise<LegacySession>;
  isOpen: boolean;
  usedMs: number;
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
  acquire(callerKey: string, profile: CapabilityProfile): Promise<LegacySession> {
    const entry = this.#find(callerKey, profile) ?? this.#start(callerKey, profile);
    entry.usedMs = Date.now();
    return entry.opening;
  }

  /** The caller's most recently used session of any profile, or a new one of this profile. */
  acquireAny(callerKey: string, profile: CapabilityProfile): Promise<LegacySession> {
    const open = [...this.#entries].filter((one) => one.callerKey === callerKey && one.isOpen);
    const latest = open.toSorted((a, b) => b.usedMs - a.usedMs)[0];
    return latest?.opening ?? this.acquire(callerKey, profile);
  }

  /** The session takes no more calls and closes after the ones it has. */
  retire(session: LegacySession): void {
    this.#forget(session);
    session.retire(new GatewayError('upstream_failed', 'The service ended the session.'));
  }

  /** Closes every session and opens no more. */
  async close(error: GatewayError): Promise<void> {
    this.#closed = error;
    clearInterval(this.#sweeper);
    const entries = [...this.#entries];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => entry.session.close(error)));
  }

  #find(callerKey: string, profile: CapabilityProfile): Entry | undefined {
    for (const entry of this.#entries) {
      const isRight = entry.callerKey === callerKey && entry.profile.key === profile.key;
      if (isRight && !entry.session.slot.isParked) return entry;
    }
    return undefined;
  }

  #start(callerKey: string, profile: CapabilityProfile): Entry {
    if (this.#closed !== undefined) throw this.#closed;
    this.#makeRoom();
    const session = new LegacySession(this.#transport, callerKey, profile, this.#events);
    const entry: Entry = {
      callerKey,
      profile,
      session,
      opening: session.open().then(
        () => {
          entry.isOpen = true;
          return session;
        },
        async (error: unknown) => {
          this.#forget(session);
          await session.close(new GatewayError('upstream_failed'));
          throw error;
        },
      ),
      isOpen: false,
      usedMs: Date.now(),
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
      if (oldest === undefined || entry.usedMs < oldest.usedMs) oldest = entry;
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

  #forget(session: LegacySession): void {
    for (const entry of this.#entries) if (entry.session === session) this.#entries.delete(entry);
  }
}
