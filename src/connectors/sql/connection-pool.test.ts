import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../../kernel/limits.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { DatabaseConnection } from './database.ts';

class FakeConnection implements DatabaseConnection {
  usable = true;
  closed = false;

  run(): never {
    throw new Error('not run here');
  }

  close(): void {
    this.usable = false;
    this.closed = true;
  }
}

describe('a pool of connections', () => {
  const poolOf = (most?: number, idleMs?: number) => {
    const made: FakeConnection[] = [];
    const connect = (): Promise<DatabaseConnection> => {
      const connection = new FakeConnection();
      made.push(connection);
      return Promise.resolve(connection);
    };
    return { made, pool: new ConnectionPool(connect, most, idleMs) };
  };

  test('opens so many, uses them again, and makes others wait', async () => {
    const { made, pool } = poolOf();
    const { sqlConnectionsMax } = limits;
    const gates = Array.from({ length: sqlConnectionsMax + 1 }, () =>
      Promise.withResolvers<void>(),
    );
    let started = 0;
    const uses = gates.map(({ promise }) =>
      pool.with(1_000, () => {
        started += 1;
        return promise;
      }),
    );
    await pause(5);
    assert.deepEqual([started, made.length], [sqlConnectionsMax, sqlConnectionsMax]);
    gates[0]?.resolve();
    await pause(5);
    assert.deepEqual([started, made.length], [sqlConnectionsMax + 1, sqlConnectionsMax]);
    for (const gate of gates) gate.resolve();
    await Promise.all(uses);
    await pool.with(10, (connection) => Promise.resolve(assert.ok(connection.usable)));
    assert.equal(made.length, sqlConnectionsMax);
    await pool[Symbol.asyncDispose]();
    assert.ok(made.every(({ closed }) => closed));
    await assert.rejects(
      pool.with(10, () => Promise.resolve()),
      { code: 'shutting_down' },
    );
  });

  test('gives up waiting in time, and drops what cannot be used again', async () => {
    const { made, pool } = poolOf(1);
    const gate = Promise.withResolvers<void>();
    const holding = pool.with(10, () => gate.promise);
    await assert.rejects(
      pool.with(10, () => Promise.resolve()),
      { code: 'too_many' },
    );
    gate.resolve();
    await holding;
    await pool.with(10, (connection) => {
      connection.close();
      return Promise.resolve();
    });
    await pool.with(10, () => Promise.resolve());
    assert.equal(made.length, 2);
    const failed = pool.with(10, () => Promise.reject(new Error('used badly')));
    await assert.rejects(failed, /used badly/);
    const waiting = pool.with(5_000, () => new Promise(() => {}));
    const queued = pool.with(5_000, () => Promise.resolve());
    await pause(5);
    void waiting;
    await pool[Symbol.asyncDispose]();
    await assert.rejects(queued, { code: 'shutting_down' });
    assert.ok(made.every(({ closed }) => closed));
  });

  test('a failed attempt lets the next one try', async () => {
    let attempts = 0;
    await using pool = new ConnectionPool(() => {
      attempts += 1;
      if (attempts === 1) return pause(5).then(() => Promise.reject(new Error('down')));
      return Promise.resolve(new FakeConnection());
    }, 1);
    const first = pool.with(1_000, () => Promise.resolve('first'));
    const second = pool.with(1_000, () => Promise.resolve('second'));
    await assert.rejects(first, /down/);
    assert.equal(await second, 'second');
  });

  test('waits while a connection is opened, and closes one that comes too late', async () => {
    const opening = Promise.withResolvers<DatabaseConnection>();
    const pool = new ConnectionPool(() => opening.promise, 1);
    const first = pool.with(5, () => pause(30));
    await pause(30);
    const second = pool.with(5, () => Promise.resolve());
    opening.resolve(new FakeConnection());
    await assert.rejects(second, { code: 'too_many' });
    await first;
    await pool[Symbol.asyncDispose]();
    const late = new FakeConnection();
    const connecting = Promise.withResolvers<DatabaseConnection>();
    const closed = new ConnectionPool(() => connecting.promise, 1);
    const never = closed.with(1_000, () => Promise.resolve());
    await closed[Symbol.asyncDispose]();
    connecting.resolve(late);
    await assert.rejects(never, { code: 'shutting_down' });
    await pause(5);
    assert.ok(late.closed);
  });

  test('closes what nobody uses', async () => {
    const { made, pool } = poolOf(2, 20);
    await pool.with(10, () => Promise.resolve());
    assert.equal(made[0]?.closed, false);
    await pause(80);
    assert.equal(made[0]?.closed, true);
    await pool[Symbol.asyncDispose]();
    assert.ok(limits.sqlIdleMs >= 1_000);
  });
});
