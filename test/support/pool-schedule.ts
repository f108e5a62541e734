import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { LeaseBook, type CallHold } from '../../src/billing/pools/lease-book.ts';
import { PoolShortage } from '../../src/billing/pools/pool-shortage.ts';
import type { TenantId } from '../../src/kernel/principal.ts';
import { LIFE_MS, PoolDatabase, type PoolRecord } from './pool-world.ts';

const TENANT = 'ten_1' as TenantId;

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function seededNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

interface SimulatedCall {
  readonly pools: readonly string[];
  readonly amounts: readonly bigint[];
  hold: CallHold;
}

interface SimulatedNode {
  readonly id: string;
  readonly skew: { readonly offsetMs: number; readonly rate: number };
  run: number;
  book: LeaseBook | undefined;
  calls: SimulatedCall[];
  /** What survives a crash: records that are not known to be in the database. */
  log: PoolRecord[];
  isRecovered: boolean;
}

interface SentRequest {
  readonly node: SimulatedNode;
  readonly run: number;
  readonly apply: () => unknown;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/** What a schedule came to. */
export interface ScheduleFigures {
  served: number;
  refused: number;
  crashes: number;
}

/**
 * Instances with clocks of their own that share pools, and everything that may go wrong between
 * them, in an order that follows from the seed alone.
 */
export class PoolSchedule {
  readonly database = new PoolDatabase();
  readonly figures: ScheduleFigures = { served: 0, refused: 0, crashes: 0 };
  readonly #pick: (below: number) => number;
  readonly #isPatient: boolean;
  readonly #nodes: SimulatedNode[] = [];
  #sent: SentRequest[] = [];
  readonly #charged = new Map<string, bigint>();
  #ids = 0;
  /** Whether something may have been lent that only time gives back. */
  #hasStrays = false;

  /** In a patient schedule no lease outlives the grace before its owner is back. */
  constructor(seed: number, isPatient: boolean) {
    this.#pick = seededNumbers(seed);
    this.#isPatient = isPatient;
    const limits = [1, 7, 60, 5_000];
    for (let index = 0; index <= this.#pick(3); index++) {
      const limit = BigInt(limits[this.#pick(limits.length)] ?? 1);
      const pool = { id: `pool${index}`, limit, spent: 0n, outstanding: 0n, overrun: 0n };
      this.database.pools.set(pool.id, pool);
    }
    for (let index = 0; index <= 1 + this.#pick(3); index++) {
      const skew = { offsetMs: this.#pick(100_000), rate: 0.95 + this.#pick(11) / 100 };
      const state = { run: 0, book: undefined, calls: [], log: [], isRecovered: true };
      this.#nodes.push({ id: `node${index}`, skew, ...state });
    }
    for (const node of this.#nodes) this.#start(node);
  }

  /** Takes so many steps, then brings every instance back and checks that nothing was lost. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const node = this.#nodes[this.#pick(this.#nodes.length)] ?? assert.fail();
      // Turns are dear: the steps of the database alone wake nobody.
      if (this.#pick(3) === 0) this.#stepAlone(node);
      else {
        this.#stepOf(node);
        await turn();
      }
      this.#check();
    }
    await this.#end();
  }

  #stepOf(node: SimulatedNode): void {
    const kinds: readonly (() => void)[] = [
      () => this.#call(node),
      () => this.#call(node),
      () => this.#call(node),
      () => this.#finish(node),
      () => this.#finish(node),
      () => this.#deliver(4),
      () => this.#deliver(2),
      () => this.#deliver(1),
      () => void node.book?.giveBackIdle(),
      () => void (this.#pick(4) === 0 && node.book?.giveBackAll()),
    ];
    kinds[this.#pick(kinds.length)]?.();
  }

  #stepAlone(node: SimulatedNode): void {
    const kinds: readonly (() => void)[] = [
      () => this.#drain(node),
      () => this.database.rate(1 + this.#pick(5)),
      () => this.#advance(),
      () => (this.#pick(5) === 0 ? this.#crash(node) : this.#start(node)),
      () => this.#recover(node),
      () => this.database.sweep(),
    ];
    kinds[this.#pick(kinds.length)]?.();
  }

  #start(node: SimulatedNode): void {
    if (node.book !== undefined) return;
    const run = ++node.run;
    node.isRecovered = false;
    const send = <Answer>(apply: () => Answer): Promise<Answer> =>
      new Promise((resolve, reject) => {
        this.#sent.push({ node, run, apply, resolve, reject });
      });
    node.book = new LeaseBook({
      port: {
        acquire: (request) => send(() => this.database.acquire(node.id, `${run}`, request)),
        close: (_tenant, leaseId, spent) => send(() => this.database.close(leaseId, spent)),
      },
      newLeaseId: () => `lease${++this.#ids}`,
      nowMs: () => node.skew.offsetMs + this.database.nowMs * node.skew.rate,
      usableMs: LIFE_MS * 0.9,
      idleMs: 100,
      rateWindowMs: 50,
    });
  }

  #call(node: SimulatedNode): void {
    const { book } = node;
    if (book === undefined) return;
    const pools = [...this.database.pools.keys()].filter(() => this.#pick(3) > 0);
    const amounts = pools.map(() => BigInt(1 + this.#pick(9)));
    const draws = pools.map((poolId, index) => ({ poolId, amount: amounts[index] ?? 0n }));
    const keep = (hold: CallHold): void => {
      if (node.book === book) node.calls.push({ pools, amounts, hold });
    };
    const hold = book.hold(TENANT, draws);
    if (!(hold instanceof Promise)) keep(hold);
    else {
      hold.then(keep, (error: unknown) => {
        if (error instanceof PoolShortage) this.figures.refused++;
      });
    }
  }

  /** A call ends: its record is written, or the process dies first, or the log fails. */
  #finish(node: SimulatedNode): void {
    const [call] = node.calls.splice(this.#pick(node.calls.length), 1);
    if (call === undefined) return;
    const upTo = (most: bigint): bigint => BigInt(this.#pick(Number(most) + 1));
    const parts = call.hold.settle(call.amounts.map(upTo));
    const fate = this.#pick(30);
    if (fate === 0) return this.#crash(node);
    if (fate === 1) this.#hasStrays = true;
    else {
      const record = {
        id: ++this.#ids,
        parts: parts.map(([leaseId, hold]) => ({ leaseId, hold, charge: upTo(hold) })),
      };
      node.log.push(record);
      this.#note(call, record);
      if (fate === 2) return this.#crash(node);
    }
    void call.hold.release();
  }

  #note({ pools }: SimulatedCall, { parts }: PoolRecord): void {
    this.figures.served++;
    for (const [index, { charge }] of parts.entries()) {
      const pool = pools[index] ?? '';
      this.#charged.set(pool, (this.#charged.get(pool) ?? 0n) + charge);
    }
  }

  /** Requests arrive and are answered; or an answer is lost; or one comes when nobody waits. */
  #deliver(count: number): void {
    for (let index = 0; index < count; index++) this.#deliverOne();
  }

  #deliverOne(): void {
    const [sent] = this.#sent.splice(this.#pick(this.#sent.length), 1);
    if (sent === undefined) return;
    const { node, run, apply, resolve, reject } = sent;
    const fate = this.#pick(12);
    if (fate === 0) {
      reject(new Error('lost before it arrived'));
      // It may still be under way, and arrive after what its sender sends next.
      if (this.#pick(2) === 0) this.#sent.push({ ...sent, resolve: () => {}, reject: () => {} });
      return;
    }
    const isStray = node.run !== run || node.book === undefined;
    if (isStray || resolve.length === 0) this.#hasStrays = true;
    const answer = apply() as never;
    if (fate === 1) reject(new Error('the answer was lost'));
    else if (!isStray) resolve(answer);
  }

  /** Moves records into the database; those whose arrival was not confirmed are sent again. */
  #drain(node: SimulatedNode): void {
    const count = 1 + this.#pick(4);
    this.database.drain(node.log.slice(0, count));
    if (this.#pick(4) > 0) node.log = node.log.slice(count);
  }

  #advance(): void {
    const fastMs = this.#isPatient ? 60 : 9_000;
    this.database.nowMs += this.#pick(fastMs);
  }

  #crash(node: SimulatedNode): void {
    if (node.book === undefined) return;
    this.figures.crashes++;
    node.book = undefined;
    node.calls = [];
  }

  #recover(node: SimulatedNode): void {
    if (node.book === undefined || node.isRecovered) return;
    this.database.drain(node.log);
    node.log = [];
    this.database.recover(node.id, `${node.run}`);
    node.isRecovered = true;
  }

  #check(): void {
    this.database.check();
    if (!this.#isPatient) return;
    for (const { id, limit } of this.database.pools.values()) {
      const charged = this.#charged.get(id) ?? 0n;
      assert.ok(charged <= limit, `${id}: ${charged} will be charged of ${limit}`);
    }
  }

  async #end(): Promise<void> {
    for (const node of this.#nodes) this.#crash(node);
    this.#sent = this.#sent.filter(() => this.#pick(2) === 0);
    while (this.#sent.length > 0) this.#deliverOne();
    for (const node of this.#nodes) {
      this.#start(node);
      this.#recover(node);
    }
    this.database.rate(Number.POSITIVE_INFINITY);
    await turn();
    this.#check();
    if (!this.#hasStrays) this.#checkReturned();
    this.database.nowMs += 100_000;
    this.database.sweep();
    this.#check();
    this.#checkReturned();
  }

  #checkReturned(): void {
    for (const { id, spent, outstanding, overrun } of this.database.pools.values()) {
      assert.equal(outstanding, 0n, `${id}: nothing is held when all came back`);
      assert.equal(spent + overrun, this.#charged.get(id) ?? 0n, 'what was charged was posted');
      if (this.#isPatient) assert.equal(overrun, 0n);
    }
    for (const lease of this.database.leases.values()) {
      const returned = this.database.returned.get(lease.id) ?? 0n;
      assert.deepEqual([lease.state, lease.spent], ['settled', lease.drawn]);
      if (this.database.late === 0) assert.equal(lease.drawn + returned, lease.granted);
    }
  }
}
