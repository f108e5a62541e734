/** What the loop asks of a failure. */
export interface FailureFactsOfModel {
  /** For people. */
  readonly message: string;
  readonly isWorthRetry: boolean;
  readonly isWorthFallback: boolean;
  readonly retryAfterMs: number | undefined;
  /** The provider will not answer that. */
  readonly isRefusal: boolean;
  /** What the provider said, without secrets; for the log alone. */
  readonly detail: string | undefined;
}

/**
 * What is known of an error that a model failed with. Models of the book say it themselves; of
 * others the status of the answer is looked at, and one without is a connection that failed.
 */
export function failureFacts(error: unknown): FailureFactsOfModel {
  const said = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  const { isWorthRetry, isWorthFallback, retryAfterMs, statusCode, kind, detail } = said;
  const message = error instanceof Error ? error.message : 'The model failed.';
  const pauseMs = typeof retryAfterMs === 'number' ? retryAfterMs : headerMs(said);
  const facts = {
    message,
    retryAfterMs: pauseMs,
    isRefusal: kind === 'refused',
    detail: typeof detail === 'string' ? detail : undefined,
  };
  if (typeof isWorthRetry === 'boolean') {
    return { ...facts, isWorthRetry, isWorthFallback: isWorthFallback === true };
  }
  const status = typeof statusCode === 'number' ? statusCode : undefined;
  // An answer that began well and broke has the status of a good one.
  const isPassing =
    status === undefined || status < 400 || status === 408 || status === 429 || status >= 500;
  return { ...facts, isWorthRetry: isPassing, isWorthFallback: isPassing };
}

function headerMs({ responseHeaders }: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof responseHeaders !== 'object' || responseHeaders === null) return undefined;
  const seconds = Number((responseHeaders as Record<string, unknown>)['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
