import { listKinds, type ListKind } from '../../upstream/upstream.ts';
import { GrowingPause } from './growing-pause.ts';

/** What reads the lists, and what hears of it. */
export interface ListReaderEvents {
  /** Reads all lists; resolves to those that are other than before. */
  read(): Promise<ReadonlySet<ListKind>>;
  /** These lists are other than before, or may be for some caller. */
  changed(lists: readonly ListKind[]): void;
  failed(error: unknown): void;
}

/** Between reads that a service asks for; one that really changes is not kept waiting as long. */
const READ_PAUSE = { firstMs: 250, maxMs: 60_000 };
const CHANGING_MAX_MS = 4_000;
/** Between announcements of changes that only a caller's own session knows of. */
const TELL_PAUSE = { firstMs: 5_000, maxMs: 60_000 };

/**
 * Reads a service's lists again when something says that they changed: one read at a time, and
 * later each time for a service that says so without an end (some do whenever they are listed).
 */
export class ListReader implements Disposable {
  readonly #events: ListReaderEvents;
  readonly #readPause = new GrowingPause(READ_PAUSE);
  readonly #tellPause = new GrowingPause(TELL_PAUSE);
  /** Lists that are told of whether they differ or not. */
  #asked = new Set<ListKind>();
  #ofCallers = new Set<ListKind>();
  #isWanted = false;
  #isUrgent = false;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #telling: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(events: ListReaderEvents) {
    this.#events = events;
  }

  /** Reads without a pause, and tells of these lists; resolves when that is done. */
  async now(lists: readonly ListKind[]): Promise<void> {
    for (const list of lists) this.#asked.add(list);
    this.#isUrgent = true;
    this.#wake?.();
    await this.#run();
  }

  /** The service says that lists changed: for everybody, or in the session of one caller. */
  announced(lists: readonly ListKind[], isOfCaller: boolean): void {
    if (isOfCaller) for (const list of lists) this.#ofCallers.add(list);
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#telling);
    this.#wake?.();
  }

  #run(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#readUntilQuiet().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Changes that arrive during a read cause one more. */
  async #readUntilQuiet(): Promise<void> {
    while (this.#isWanted && !this.#isDisposed) {
      if (!this.#isUrgent) await this.#pause(this.#readPause.waitMs(Date.now()));
      if (this.#isDisposed) return;
      const asked = this.#asked;
      this.#asked = new Set();
      this.#isWanted = false;
      this.#isUrgent = false;
      await this.#readOnce(asked);
    }
  }

  async #readOnce(asked: ReadonlySet<ListKind>): Promise<void> {
    try {
      const differing = await this.#events.read();
      this.#readPause.happens(Date.now(), differing.size > 0 ? CHANGING_MAX_MS : undefined);
      for (const list of differing) this.#ofCallers.delete(list);
      const lists = listKinds.filter((list) => asked.has(list) || differing.has(list));
      if (lists.length > 0) this.#events.changed(lists);
      this.#tellCallers();
    } catch (error) {
      this.#readPause.happens(Date.now());
      this.#events.failed(error);
    }
  }

  /** What is listed in callers' own sessions is not read here, so nobody knows if it differs. */
  #tellCallers(): void {
    if (this.#ofCallers.size === 0 || this.#telling !== undefined) return;
    const tell = (): void => {
      this.#telling = undefined;
      if (this.#ofCallers.size === 0) return;
      this.#tellPause.happens(Date.now());
      const lists = [...this.#ofCallers];
      this.#ofCallers = new Set();
      this.#events.changed(lists);
    };
    const waitMs = this.#tellPause.waitMs(Date.now());
    if (waitMs === 0) return tell();
    this.#telling = setTimeout(tell, waitMs);
    this.#telling.unref();
  }

  #pause(waitMs: number): Promise<void> {
    if (waitMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      timer.unref();
      this.#wake = end;
    });
  }
}
