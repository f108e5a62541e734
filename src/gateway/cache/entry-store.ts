import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { limits } from '../../kernel/limits.ts';

/** One kept result. */
export interface CacheEntry {
  readonly serviceId: string;
  readonly method: string;
  /** The resource that was read, or undefined. */
  readonly uri: string | undefined;
  /** Without `ttlMs`, which depends on when it is asked for. */
  readonly result: JsonBytes;
  readonly freshUntilMs: number;
}

/** What an entry takes beside its result and its key. */
const ENTRY_OVERHEAD_BYTES = 512;

/** Kept results in a bounded number of bytes; the least recently used goes first. */
export class EntryStore {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, CacheEntry>();
  readonly #byService = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(bytesMax: number = limits.cacheBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of everything that is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CacheEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  put(key: string, entry: CacheEntry): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(key, entry);
    const keys = this.#byService.get(entry.serviceId) ?? new Set();
    this.#byService.set(entry.serviceId, keys.add(key));
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
    const keys = this.#byService.get(entry.serviceId);
    keys?.delete(key);
    if (keys?.size === 0) this.#byService.delete(entry.serviceId);
  }

  /** Drops the entries of a service that the test is true for. */
  drop(serviceId: string, test: (entry: CacheEntry) => boolean): void {
    for (const key of this.#byService.get(serviceId) ?? []) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && test(entry)) this.delete(key);
    }
  }
}

function sizeOf(key: string, { result }: CacheEntry): number {
  return result.bytes.length + key.length + ENTRY_OVERHEAD_BYTES;
}
