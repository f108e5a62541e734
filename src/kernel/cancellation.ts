import { GatewayError } from './errors.ts';

/** Why an exchange was cut short. */
export type CancelReason = 'client_gone' | 'deadline' | 'shutdown' | 'cancelled' | 'slow_reader';

/** Told when its exchange is cancelled; called at most once. */
export type CancelListener = (reason: CancelReason) => void;

/**
 * The cancellation of one exchange. Lighter than AbortController, which the data plane cannot
 * afford per call; `signal` makes a real AbortSignal for code that wants one.
 */
export class Cancellation {
  #reason: CancelReason | undefined;
  #listeners: CancelListener[] | undefined;
  #controller: AbortController | undefined;

  /** Why it was cancelled, or undefined while it runs. */
  get reason(): CancelReason | undefined {
    return this.#reason;
  }

  /** An AbortSignal that follows this cancellation. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Cancels once; later calls do nothing. */
  cancel(reason: CancelReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener(reason);
    this.#controller?.abort(reason);
  }

  /** Calls the listener on cancellation (at once when already cancelled); returns the undo. */
  onCancel(listener: CancelListener): () => void {
    if (this.#reason !== undefined) {
      listener(this.#reason);
      return () => {};
    }
    (this.#listeners ??= []).push(listener);
    return () => {
      const index = this.#listeners?.indexOf(listener) ?? -1;
      if (index !== -1) this.#listeners?.splice(index, 1);
    };
  }
}

/** The error with which a cancelled exchange ends. */
export function cancelError(reason: CancelReason): GatewayError {
  if (reason === 'deadline') return new GatewayError('upstream_timeout');
  if (reason === 'shutdown') return new GatewayError('shutting_down');
  return new GatewayError('cancelled');
}
