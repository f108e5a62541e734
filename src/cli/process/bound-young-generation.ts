import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** About what a gateway with a hundred calls under way needs. */
export const YOUNG_GENERATION_BYTES = 32 * 1024 * 1024;
const LOOK_MS = 100;

/**
 * Keeps V8 from enlarging its young generation beyond `YOUNG_GENERATION_BYTES`. V8 doubles it each
 * time enough objects outlive a collection, up to 128 MB and more on a machine with much memory,
 * and keeps it while there is work: one busy minute would decide what a gateway weighs from then
 * on. Requests live so short that more room saves it next to nothing. The flag acts on the whole
 * process, so only the command that owns the process calls this. Returns what lets go of it.
 *
 * The growth factor is the one flag of the young generation that V8 reads again while it runs; and
 * as V8 also shrinks it when there is nothing to do, it must be able to grow again.
 */
export function boundYoungGeneration(): Disposable {
  let isGrowing: boolean | undefined;
  const look = (): void => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    const mayGrow = (space?.space_size ?? 0) < YOUNG_GENERATION_BYTES;
    if (mayGrow === isGrowing) return;
    isGrowing = mayGrow;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      setFlagsFromString('--semi-space-growth-factor=2');
    },
  };
}
