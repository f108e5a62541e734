import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** About what a gateway with a hundred calls under way needs. */
export const YOUNG_GENERATION_BYTES = 32 * 1024 * 1024;
const LOOK_MS = 100;

/** A young generation that is kept from growing. */
export interface BoundYoungGeneration extends Disposable {
  /** Lets it grow up to `YOUNG_GENERATION_BYTES`. */
  grow(): void;
}

/**
 * Keeps V8 from enlarging its young generation, and from when it may grow from doing so beyond
 * `YOUNG_GENERATION_BYTES`. V8 doubles it each time enough objects outlive a collection, up to
 * 128 MB and more on a machine with much memory, and keeps it while there is work: one busy minute
 * would decide what a gateway weighs from then on, and so would its start, for of a program that is
 * loaded nearly everything stays. Requests live so short that more room saves them next to nothing.
 * The flag acts on the whole process, so only the command that owns the process calls this.
 * Disposing lets go of it.
 *
 * The growth factor is the one flag of the young generation that V8 reads again while it runs; and
 * as V8 also shrinks it when there is nothing to do, it must be able to grow again.
 */
export function boundYoungGeneration(): BoundYoungGeneration {
  let isGrowing: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  const allow = (mayGrow: boolean): void => {
    if (mayGrow === isGrowing) return;
    isGrowing = mayGrow;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  };
  const look = (): void => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    allow((space?.space_size ?? 0) < YOUNG_GENERATION_BYTES);
  };
  allow(false);
  return {
    grow: () => {
      look();
      timer ??= setInterval(look, LOOK_MS).unref();
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      allow(true);
    },
  };
}
