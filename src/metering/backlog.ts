/** One file of the log as the drain sees it. */
export interface BacklogSegment {
  readonly path: string;
  /** Up to here its frames are durable; of a file left by an earlier process, its whole length. */
  durableEnd: number;
  /** Up to here its frames are in the store. */
  drainedEnd: number;
  /** True when nothing more is written to it. */
  sealed: boolean;
  /** True for what an earlier process left. */
  readonly isLeft: boolean;
  /** True when damage was found between frames: then the file is kept. */
  damaged: boolean;
}

/** What is durable but not yet in the store: the writer fills it, the drain empties it. */
export class Backlog {
  /** Oldest first. */
  readonly segments: BacklogSegment[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a file; one that an earlier process left is sealed and has its length to drain. */
  add(path: string, durableEnd: number, sealed: boolean, isLeft = false): BacklogSegment {
    const segment = { path, durableEnd, drainedEnd: 0, sealed, isLeft, damaged: false };
    this.segments.push(segment);
    this.#bytes += durableEnd;
    return segment;
  }

  written(segment: BacklogSegment, bytes: number): void {
    segment.durableEnd += bytes;
    this.#bytes += bytes;
  }

  drained(segment: BacklogSegment, bytes: number): void {
    segment.drainedEnd += bytes;
    this.#bytes -= bytes;
  }
}
