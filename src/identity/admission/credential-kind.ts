import type { Principal } from '../../kernel/principal.ts';

/** Whom a credential stands for, and where it counts. */
export interface Lookup {
  readonly principal: Principal;
  /** When it ends by itself, epoch milliseconds; null for never. */
  readonly endsAtMs: number | null;
  /** The one resource it is good for, such as `/mcp/orders`; null for all. */
  readonly resource: string | null;
}

/** One kind of credential; admission asks the first that recognises a token, and no other. */
export interface CredentialKind {
  /** Whether the token may be one of this kind, judged by its shape alone. */
  recognises(token: string): boolean;
  /**
   * Asks the store. Undefined for one that is not good (there), whatever is wrong with it; rejects
   * with `storage_unavailable` when that cannot be found out now.
   */
  lookUp(token: string, resource: string): Promise<Lookup | undefined>;
}
