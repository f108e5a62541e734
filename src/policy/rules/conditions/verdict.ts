/**
 * Whether something holds; undefined when that cannot be said, because the member is not there or
 * is of another type. Whoever asks then decides against the call.
 */
export type Verdict = boolean | undefined;
