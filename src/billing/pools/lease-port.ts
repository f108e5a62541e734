import type { TenantId } from '../../kernel/principal.ts';
import type { LeaseWish } from './size-lease.ts';

/** A lease that an instance would like to have. Asked again under the same id, it is the same. */
export interface LeaseRequest extends LeaseWish {
  readonly tenant: TenantId;
  readonly poolId: string;
  readonly leaseId: string;
}

/** What a pool says to a request. */
export type LeaseAnswer =
  | {
      readonly kind: 'granted';
      readonly granted: bigint;
      readonly isTight: boolean;
      /** What is left in the pool that nobody holds. */
      readonly left: bigint;
    }
  /** There was a lease of this id, and it is over. */
  | { readonly kind: 'over' }
  | { readonly kind: 'refused'; readonly available: bigint };

/** Where pools are kept. */
export interface LeasePort {
  acquire(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Says what was spent; fine for one that was closed already, and for one that never was. */
  close(tenant: TenantId, leaseId: string, spent: bigint): Promise<void>;
}
