import { Cancellation } from '../../kernel/cancellation.ts';
import { cancellable } from './cancellable.ts';

/** Waits, unless the signal is aborted first; what is awaited goes on for others. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const cancellation = new Cancellation();
  const cancel = (): void => cancellation.cancel('cancelled');
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await cancellable(promise, cancellation);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
