import { cancelError, Cancellation } from './cancellation.ts';

/** Waits, unless the exchange is cancelled first; what is awaited goes on for others. */
export function cancellable<T>(promise: Promise<T>, cancellation: Cancellation): Promise<T> {
  return new Promise((resolve, reject) => {
    const undo = cancellation.onCancel((reason) => reject(cancelError(reason)));
    promise.then(
      (value) => {
        undo();
        resolve(value);
      },
      (error: unknown) => {
        undo();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/**
 * Waits, unless the signal is aborted first; what is awaited goes on for others. Throws
 * GatewayError `upstream_timeout` when the signal is one of `AbortSignal.timeout`.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const cancellation = new Cancellation();
  const cancel = (): void => cancellation.cancel(isTimeout(signal) ? 'deadline' : 'cancelled');
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await cancellable(promise, cancellation);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function isTimeout({ reason }: AbortSignal): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}
