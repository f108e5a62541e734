import { randomBytes } from 'node:crypto';
import type { Json } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { answerPages, textPages } from './answer-pages.ts';

/** An answer that was too long to show at once. */
export interface LongAnswer {
  /** JSON when `json`, and any other text otherwise. */
  readonly text: string;
  readonly json: boolean;
  readonly charactersMax: number;
}

/** Who asked, and with what: only they may read on. */
export interface AnswerOwner {
  readonly serviceId: string;
  readonly tenant: string;
  readonly grantId: string;
  readonly tool: string;
}

/** A page of the rest, and the cursor of the next when there is one. */
export interface AnswerPage {
  readonly text: string;
  readonly json: boolean;
  readonly cursor: string | undefined;
}

/** Stores the rest of long answers for a while. */
export interface HeldAnswers {
  /** The cursor of the first page of the rest; undefined when the answer is too large to hold. */
  hold(owner: AnswerOwner, answer: LongAnswer): string | undefined;
  /** The same cursor gives the same page; undefined when it is unknown, foreign or too old. */
  page(owner: AnswerOwner, cursor: string): AnswerPage | undefined;
  /** Drops everything that a service answered. */
  forget(serviceId: string): void;
  /** What is held, in bytes. */
  readonly bytes: number;
}

interface Held {
  readonly owner: AnswerOwner;
  readonly json: boolean;
  readonly charactersMax: number;
  /** The whole answer; replaced by pages when the first of them is asked for. */
  source: Buffer | undefined;
  pages: readonly Buffer[];
  bytes: number;
  usedAtMs: number;
}

/** Bounds of what is held. */
export interface HeldBounds {
  readonly bytesMax: number;
  readonly callerBytesMax: number;
  readonly idleMs: number;
}

const defaultBounds: HeldBounds = {
  bytesMax: limits.heldAnswersBytesMax,
  callerBytesMax: limits.heldAnswersPerCallerBytesMax,
  idleMs: limits.heldAnswerMs,
};

const HANDLE_BYTES = 18;
const CURSOR = /^([\w-]{24})\.([1-9]\d{0,5})$/;

/** Makes an empty store; the oldest answers are evicted first. */
export function createHeldAnswers(
  bounds: HeldBounds = defaultBounds,
  now: () => number = Date.now,
): HeldAnswers {
  const shelf = createShelf(bounds, now);
  const bytesMax = Math.min(bounds.bytesMax, bounds.callerBytesMax);
  return {
    hold(owner, { text, json, charactersMax }) {
      const source = Buffer.from(text);
      const bytes = source.byteLength;
      if (bytes > bytesMax) return undefined;
      const handle = randomBytes(HANDLE_BYTES).toString('base64url');
      shelf.keep(handle, { owner, json, charactersMax, source, pages: [], bytes, usedAtMs: now() });
      return `${handle}.1`;
    },
    page(owner, cursor) {
      const [, handle = '', number] = CURSOR.exec(cursor) ?? [];
      const answer = shelf.held.get(handle);
      if (answer === undefined || now() - answer.usedAtMs >= bounds.idleMs) return undefined;
      if (!sameOwner(owner, answer.owner)) return undefined;
      const { pages, json, ...rest } = paged(answer);
      shelf.remove(handle);
      shelf.keep(handle, { ...rest, pages, json, usedAtMs: now() });
      const at = Number(number);
      const text = pages[at - 1]?.toString();
      if (text === undefined) return undefined;
      return { text, json, cursor: at < pages.length ? `${handle}.${at + 1}` : undefined };
    },
    forget(serviceId) {
      for (const [handle, { owner }] of shelf.held) {
        if (owner.serviceId === serviceId) shelf.remove(handle);
      }
    },
    get bytes() {
      return shelf.bytes;
    },
  };
}

/** Answers by handle, within bounds of bytes and time. */
interface Shelf {
  /** Least recently used first. */
  readonly held: ReadonlyMap<string, Held>;
  keep(handle: string, answer: Held): void;
  remove(handle: string): void;
  readonly bytes: number;
}

function createShelf({ bytesMax, callerBytesMax, idleMs }: HeldBounds, now: () => number): Shelf {
  const held = new Map<string, Held>();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const remove = (handle: string): void => {
    bytes -= held.get(handle)?.bytes ?? 0;
    held.delete(handle);
    if (held.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  };
  const sweep = (): void => {
    timer = undefined;
    for (const [handle, { usedAtMs }] of held) if (now() - usedAtMs >= idleMs) remove(handle);
    if (held.size > 0) watch();
  };
  const watch = (): void => {
    timer ??= setTimeout(sweep, idleMs).unref();
  };
  /** Evicts the oldest until the rest is small enough; the newest stays. */
  const makeRoom = (handles: readonly string[], size: number, sizeMax: number): void => {
    let left = size;
    for (const handle of handles.slice(0, -1)) {
      if (left <= sizeMax) return;
      left -= held.get(handle)?.bytes ?? 0;
      remove(handle);
    }
  };
  return {
    held,
    remove,
    keep(handle, answer) {
      held.set(handle, answer);
      bytes += answer.bytes;
      const own = [...held].filter(([, { owner }]) => sameCaller(owner, answer.owner));
      const ownBytes = own.reduce((sum, [, each]) => sum + each.bytes, 0);
      makeRoom(
        own.map(([name]) => name),
        ownBytes,
        callerBytesMax,
      );
      makeRoom([...held.keys()], bytes, bytesMax);
      watch();
    },
    get bytes() {
      return bytes;
    },
  };
}

const sameOwner = (one: AnswerOwner, two: AnswerOwner): boolean =>
  sameCaller(one, two) && one.serviceId === two.serviceId && one.tool === two.tool;

const sameCaller = (one: AnswerOwner, two: AnswerOwner): boolean =>
  one.tenant === two.tenant && one.grantId === two.grantId;

/** The answer as pages; made once, so that reading on costs no more than a look-up. */
function paged(answer: Held): Held {
  const { source, json, charactersMax } = answer;
  if (source === undefined) return answer;
  const text = source.toString();
  const texts = json
    ? answerPages(JSON.parse(text) as Json, charactersMax)
    : textPages(text, charactersMax);
  const pages = texts.map((page) => Buffer.from(page));
  const bytes = pages.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { ...answer, source: undefined, pages, bytes };
}
