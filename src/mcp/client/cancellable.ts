import type { Cancellation } from '../../kernel/cancellation.ts';
import { cancelError } from './cancel-error.ts';

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
