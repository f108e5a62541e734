/** Whose request it is. */
export interface Caller {
  readonly tenant: string;
  readonly grantId: string;
  /** The session at the gateway that it is made in, if any. */
  readonly sessionId?: string | null;
}

/** A text that two callers never have in common: what one server keeps for them is kept apart. */
export function callerKey({ tenant, grantId }: Caller): string {
  return `${tenant}\n${grantId}`;
}
