import assert from 'node:assert/strict';
import {
  abandonLease,
  askPool,
  closeLease,
  drawLease,
  settleLease,
  type LeaseStep,
} from '../../src/billing/pools/lease-steps.ts';
import type { LeaseAnswer, LeaseRequest } from '../../src/billing/pools/lease-port.ts';
import { outstandingOf, type Pool, type PoolLease } from '../../src/billing/pools/pool.ts';

/** A usage record as pools see it: what it held, and what it will be charged. */
export interface PoolRecord {
  readonly id: number;
  readonly parts: readonly {
    readonly leaseId: string;
    readonly hold: bigint;
    readonly charge: bigint;
  }[];
}

/** How long a lease lasts, and how much longer until nobody waits for its owner. */
export const [LIFE_MS, GRACE_MS] = [1_000, 5_000];

/** The database of a simulation: pools, leases, and records that wait to be charged. */
export class PoolDatabase {
  nowMs = 0;
  readonly pools = new Map<string, Pool>();
  readonly leases = new Map<string, PoolLease>();
  readonly returned = new Map<string, bigint>();
  /** Records that came after their lease had been settled without them. */
  late = 0;
  readonly #records = new Set<number>();
  #pending: { readonly block: number; readonly record: PoolRecord }[] = [];
  readonly #marks = new Map<string, number>();
  #block = 0;

  acquire(nodeId: string, runId: string, request: LeaseRequest): LeaseAnswer {
    const { poolId, leaseId, needed, wanted } = request;
    const open = [...this.leases.values()].filter(
      (one) => one.poolId === poolId && one.state === 'open',
    );
    const instances = new Set([nodeId, ...open.map((one) => one.nodeId)]).size;
    const asked = { leaseId, nodeId, runId, needed, wanted, expiresAtMs: this.nowMs + LIFE_MS };
    const earlier = this.leases.get(leaseId);
    const { answer, changed } = askPool(this.poolOf(poolId), asked, earlier, instances);
    if (changed !== undefined) this.#write(changed);
    return answer;
  }

  close(leaseId: string, spent: bigint): void {
    const lease = this.leases.get(leaseId);
    if (lease !== undefined) this.#give(lease, closeLease(this.poolOf(lease.poolId), lease, spent));
  }

  /** Stores records, each once however often it comes. */
  drain(records: readonly PoolRecord[]): void {
    const block = ++this.#block;
    for (const record of records) {
      if (this.#records.has(record.id)) continue;
      this.#records.add(record.id);
      this.#pending.push({ block, record });
    }
  }

  /** Charges the oldest so many records. */
  rate(count: number): void {
    for (const { record } of this.#pending.splice(0, count)) {
      for (const { leaseId, hold, charge } of record.parts) {
        const lease = this.leases.get(leaseId) ?? assert.fail('a record of no lease');
        if (lease.state === 'settled' && hold > 0n) this.late++;
        const step = drawLease(this.poolOf(lease.poolId), lease, { hold, charge });
        assert.equal(step.covered + step.overrun, charge);
        this.#give(lease, step);
      }
    }
    this.settle();
  }

  /** An instance that came back cannot say what its earlier life spent. */
  recover(nodeId: string, runId: string): void {
    for (const lease of this.leases.values()) {
      if (lease.nodeId === nodeId && lease.runId !== runId && lease.state === 'open') {
        this.#abandon(lease);
      }
    }
    this.settle();
  }

  /** Nobody waits any longer for the owners of leases that are over for so long. */
  sweep(): void {
    for (const lease of this.leases.values()) {
      if (lease.state !== 'open' && lease.state !== 'closed') continue;
      if (this.nowMs >= lease.expiresAtMs + GRACE_MS) this.#abandon(lease);
    }
    this.settle();
  }

  /** Ends the abandoned leases whose records have all been charged. */
  settle(): void {
    for (const lease of this.leases.values()) {
      if (lease.state !== 'abandoned') continue;
      const mark = this.#marks.get(lease.id) ?? 0;
      if (this.#pending.some(({ block }) => block <= mark)) continue;
      this.#give(lease, settleLease(this.poolOf(lease.poolId), lease));
    }
  }

  poolOf(id: string): Pool {
    return this.pools.get(id) ?? assert.fail(`no pool ${id}`);
  }

  /** What holds after every step. */
  check(): void {
    for (const pool of this.pools.values()) {
      const { id, limit, spent, outstanding } = pool;
      const own = [...this.leases.values()].filter(({ poolId }) => poolId === id);
      const sum = own.reduce((total, lease) => total + outstandingOf(lease), 0n);
      assert.equal(outstanding, sum, 'what is outstanding is the sum over the leases');
      assert.ok(spent + outstanding <= limit, `${spent} + ${outstanding} of ${limit}`);
      assert.ok(spent >= 0n && outstanding >= 0n);
    }
  }

  #abandon(lease: PoolLease): void {
    this.#marks.set(lease.id, this.#block);
    this.leases.set(lease.id, abandonLease(lease));
  }

  #give(before: PoolLease, step: LeaseStep): void {
    const { id, granted } = before;
    const back = (lease: PoolLease): bigint =>
      lease.spent === null || lease.spent > granted ? 0n : granted - lease.spent;
    const more = back(step.lease) - back(before);
    if (more > 0n) this.returned.set(id, (this.returned.get(id) ?? 0n) + more);
    this.#write(step);
  }

  #write({ pool, lease }: LeaseStep): void {
    this.pools.set(pool.id, pool);
    this.leases.set(lease.id, lease);
  }
}
