import type { EgressResponse } from '../../kernel/egress.ts';

/** What may follow an answer before its stream is cut. */
const GRACE_MS = 1_000;

/**
 * Reads a stream to its end after its answer came, so that the connection can be used again; cuts
 * a stream that does not end.
 */
export async function drain(
  stream: AsyncIterator<Buffer>,
  response: Pick<EgressResponse, 'discard'>,
): Promise<void> {
  const timer = setTimeout(() => response.discard(), GRACE_MS);
  timer.unref();
  try {
    while ((await stream.next()).done !== true);
  } catch {
    // Nobody waits for this stream any more.
  } finally {
    clearTimeout(timer);
  }
}
