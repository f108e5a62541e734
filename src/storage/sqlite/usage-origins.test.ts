import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import type { UsageRow } from '../../metering/store.ts';
import { firstUsageFields } from '../../metering/usage-fields.ts';
import { migrateSqlite, sqliteMigrations } from './migrate-sqlite.ts';
import { StatementRunner } from './statement-runner.ts';
import { UsageWriter } from './usage-writer.ts';

const migrations = sqliteMigrations();
/** The migration before usage records were split into facts and origins. */
const BEFORE = 3;

function open(t: TestContext, version = migrations.length): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  t.after(() => database.close());
  migrateSqlite(database, migrations.slice(0, version), 0);
  return database;
}

/** Those of the first gateway; lines without the later ones are records too. */
const columns = `id, tenant_id, charge_key, node_id, credential_id, user_id, session_id, service_id,
  method, tool, client_era, upstream_era, outcome, started_at_ms, ended_at_ms, duration_ms,
  upstream_ms, bytes_in, bytes_out, events, upstream_called`;
const read = (database: DatabaseSync): readonly unknown[][] =>
  database
    .prepare(`SELECT ${columns} FROM usage_record ORDER BY tenant_id, id`)
    .all()
    .map((row) => Object.values(row));
const linesOf = (rows: readonly UsageRow[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

const few = fc.constantFrom('a', 'b', '', '1:a', 'a;', ';a', 'ü\n"');
const fewOrNone = fc.option(few, { nil: null });
const count = fc.integer({ min: 0, max: 1e6 });
const rowsOf = fc
  .array(
    fc.tuple(
      fc.tuple(few, few, few, few, few, fewOrNone, fewOrNone, few, fewOrNone),
      fc.tuple(few, fewOrNone, few, count, count, count, count, count, count, count),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((all) =>
    all.map(([[tenant, charge, ...first], rest], index): UsageRow => {
      const id = `use_${String(index).padStart(4, '0')}`;
      return [id, tenant, charge === '' ? id : charge, ...first, ...rest, index % 2];
    }),
  );

const writerOf = (database: DatabaseSync): UsageWriter =>
  new UsageWriter(database, new StatementRunner(database));

test('records come back as they were when neighbours differ in one field', (t) => {
  const first = columns.split(',').map((_, place): string | number => (place < 13 ? 'a' : 0));
  const rows = first.flatMap((_, changed) => [
    first.with(0, `use_${10 + changed} 1`),
    first.with(0, `use_${10 + changed} 2`).with(changed, changed < 13 ? `b${changed}` : 1),
  ]);
  const own = open(t);
  assert.deepEqual(writerOf(own).insert(linesOf(rows)), []);
  const expected = rows.toSorted((x, y) => compare(x[1], y[1]) || compare(x[0], y[0]));
  assert.deepEqual(read(own), expected);
});

test('records come back as they were, whatever they have in common', (t) => {
  assert.equal(firstUsageFields, columns.split(',').length);
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const own = open(t);
      const writer = writerOf(own);
      assert.deepEqual(writer.insert(linesOf(rows)), []);
      assert.deepEqual(writer.insert(linesOf(rows)), [], 'twice is once');
      const expected = rows.toSorted(
        (x, y) => compare(x[1], y[1]) || compare(x[0], y[0]),
      ) as unknown[][];
      assert.deepEqual(read(own), expected);
      const origins = own.prepare('SELECT count(*) AS n FROM usage_origin').get() as { n: number };
      const kinds = new Set(rows.map((row) => JSON.stringify(row.slice(3, 12))));
      assert.equal(origins.n, kinds.size);
    }),
    { numRuns: 60 },
  );
});

test('records of an older database are moved, and joined by new ones', (t) => {
  const rows = fc.sample(rowsOf, { seed: 7, numRuns: 8 }).at(-1) ?? [];
  const database = open(t, BEFORE);
  const marks = columns
    .split(',')
    .map(() => '?')
    .join(', ');
  const insert = database.prepare(`INSERT INTO usage_record (${columns}) VALUES (${marks})`);
  for (const row of rows) insert.run(...row);
  const before = read(database);
  assert.ok(before.length > 1);
  migrateSqlite(database, migrations, 0);
  assert.deepEqual(read(database), before);
  const origins = database.prepare('SELECT count(*) AS n FROM usage_origin');
  const kinds = origins.get()?.['n'] as number;
  const again = rows.map(([, ...others], index): UsageRow => [`use_9${index}`, ...others]);
  assert.deepEqual(writerOf(database).insert(linesOf(again)), []);
  assert.equal(read(database).length, 2 * before.length);
  // An origin of today says more than one of then, so it is another; it is kept once again.
  assert.equal(origins.get()?.['n'], 2 * kinds);
});

test('numbers given in a transaction that failed are not used again', (t) => {
  const database = open(t);
  const writer = writerOf(database);
  const [row] = fc.sample(rowsOf, { seed: 1, numRuns: 1 })[0] as [UsageRow];
  database.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON usage_total
    BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END`);
  assert.throws(() => writer.insert(linesOf([row])), /disk is full/);
  assert.deepEqual(read(database), []);
  database.exec('DROP TRIGGER full');
  assert.deepEqual(writer.insert(linesOf([row])), []);
  assert.deepEqual(read(database), [row]);
});

test('calls that became tasks are read without the others', (t) => {
  const plan = open(t)
    .prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM usage_task
       WHERE tenant_id = 'x' AND id > 'y' ORDER BY id LIMIT 5`,
    )
    .all()
    .map((row) => String(row['detail']));
  assert.ok(
    plan.some((step) => step.includes('INDEX usage_fact_task (tenant=? AND id>?)')),
    plan.join('\n'),
  );
});

test('a page of a tenant is read from its own records', (t) => {
  const plan = open(t)
    .prepare(
      `EXPLAIN QUERY PLAN SELECT * FROM usage_record
       WHERE tenant_id = 'x' AND id > 'y' ORDER BY id DESC LIMIT 5`,
    )
    .all()
    .map((row) => String(row['detail']));
  assert.equal(plan.length, 3, plan.join('\n'));
  assert.ok(
    plan.every((step) => step.startsWith('SEARCH')),
    plan.join('\n'),
  );
});

function compare(x: unknown, y: unknown): number {
  return Buffer.from(String(x)).compare(Buffer.from(String(y)));
}
