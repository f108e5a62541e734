/** Whose request it is. */
export interface Caller {
  readonly tenant: string;
  readonly grantId: string;
}

/** A text that two callers never have in common: what one server keeps for them is kept apart. */
export function callerKey({ tenant, grantId }: Caller): string {
  return `${tenant}\n${grantId}`;
}
