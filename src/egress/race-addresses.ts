/** One address that is being tried. */
interface Attempt {
  readonly connected: Promise<void>;
}

interface Failed<Tried> {
  readonly failure: unknown;
  readonly ended: Promise<Tried | Failed<Tried>>;
}

/** How long one address is waited for before the next is tried beside it (RFC 8305 §5). */
export const NEXT_ADDRESS_MS = 250;

/**
 * The first of the addresses that answers: the next is tried after 250 ms or when one has failed.
 * Throws what `failed` makes of the last failure when none answers.
 */
export async function raceAddresses<Tried extends Attempt>(
  addresses: readonly string[],
  start: (address: string) => Tried,
  failed: (cause: unknown) => Error,
): Promise<Tried> {
  const pending = new Set<Promise<Tried | Failed<Tried>>>();
  let failure: unknown;
  for (let next = 0; next < addresses.length || pending.size > 0;) {
    if (next < addresses.length) {
      const attempt = start(addresses[next] as string);
      next++;
      const ended: Promise<Tried | Failed<Tried>> = attempt.connected.then(
        () => attempt,
        (error: unknown) => ({ failure: error, ended }),
      );
      pending.add(ended);
    }
    const isLast = next >= addresses.length;
    const timer = isLast ? undefined : delay(NEXT_ADDRESS_MS);
    const first = await Promise.race(timer === undefined ? pending : [...pending, timer.rung]);
    timer?.stop();
    if (first === undefined) continue;
    if (!('failure' in first)) return first;
    pending.delete(first.ended);
    failure = first.failure;
  }
  throw failed(failure);
}

function delay(ms: number): { readonly rung: Promise<undefined>; readonly stop: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  return { rung: promise, stop: () => clearTimeout(timer) };
}
