import { GatewayError, type ErrorCode } from '../../../kernel/errors.ts';

/** What went wrong with a model, as the gateway tells it apart. */
export const failureKinds = {
  /** Too many requests for now. */
  rate_limited: { code: 'upstream_unavailable', again: true, another: true },
  /** The account has no credit left. */
  quota: { code: 'upstream_failed', again: false, another: true },
  /** 5xx, an overload, an answer that is no answer. */
  provider_failed: { code: 'upstream_failed', again: true, another: true },
  /** No connection. */
  unreachable: { code: 'upstream_unavailable', again: true, another: true },
  /** No answer, or no more of it, in time. */
  timeout: { code: 'upstream_timeout', again: true, another: true },
  /** The connection ended in the middle of the answer. */
  cut_off: { code: 'upstream_failed', again: true, another: true },
  /** The key is wrong, or may not do that. */
  bad_key: { code: 'upstream_failed', again: false, another: false },
  /** The provider has no such model. */
  no_such_model: { code: 'upstream_failed', again: false, another: false },
  /** The provider does not take the request. */
  bad_request: { code: 'upstream_failed', again: false, another: false },
  /** The conversation is longer than the model reads. */
  too_long: { code: 'upstream_failed', again: false, another: false },
  /** The provider will not answer that. */
  refused: { code: 'upstream_failed', again: false, another: false },
  /** The gateway may not connect there. */
  address_denied: { code: 'egress_denied', again: false, another: false },
  /** Somebody stopped it. */
  cancelled: { code: 'cancelled', again: false, another: false },
} as const satisfies Record<
  string,
  { readonly code: ErrorCode; readonly again: boolean; readonly another: boolean }
>;

/** One of them. */
export type FailureKind = keyof typeof failureKinds;

/** What is known of a failure. */
export interface FailureFacts {
  /** HTTP status of the provider's answer. */
  readonly status?: number | undefined;
  /** The provider asked for so long a pause. */
  readonly retryAfterMs?: number | undefined;
  /** The provider's own words, without secrets; for the log alone. */
  readonly detail?: string | undefined;
}

/**
 * A model did not answer. Its message is one sentence for people, and nothing of it comes from the
 * provider; what the provider said is in `detail`, for the log.
 */
export class ModelFailure extends GatewayError {
  readonly kind: FailureKind;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly detail: string | undefined;

  constructor(kind: FailureKind, text: string, facts: FailureFacts = {}) {
    super(failureKinds[kind].code, text);
    this.name = 'ModelFailure';
    this.kind = kind;
    this.httpStatus = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
    this.detail = facts.detail;
  }

  /** The same request may succeed later. */
  get isWorthRetry(): boolean {
    return failureKinds[this.kind].again;
  }

  /** Another model may answer; false where the tenant has to put something right first. */
  get isWorthFallback(): boolean {
    return failureKinds[this.kind].another;
  }
}
