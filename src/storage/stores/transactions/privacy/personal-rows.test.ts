import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { accountKinds, tenantKinds } from '../../../../identity/privacy/store.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { migrateSqlite, sqliteMigrations } from '../../../sqlite/migrate-sqlite.ts';
import { accountRows, tenantRows } from './personal-rows.ts';

/** Columns that name a person, or hold what a person is called. */
const PERSONAL =
  /^(user_id|subject_id|login|email|decided_by|pinned_by|pending_by|owner|key|subject)$/;

/** Tables that name people by their ids for good, or in whose columns the words mean no person. */
const apart: Readonly<Record<string, string>> = {
  usage_origin: 'a record',
  audit_event: 'a record',
  usage_rollup: 'sums by id, which retention takes the ids out of',
  cost_rollup: 'sums by id, which retention takes the ids out of',
  definition_pin: 'a record of who trusted a definition, by id',
};

const tableIn = ({ texts }: { readonly texts: readonly string[] }): string =>
  /(?:FROM|UPDATE) (\w+)/.exec(texts[0] ?? '')?.[1] ?? '';

test('every table that names people is erased, or said to be a record', () => {
  const database = new DatabaseSync(':memory:');
  migrateSqlite(database, sqliteMigrations(), 0);
  const columns = database
    .prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m
       JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
    )
    .all() as unknown as readonly { readonly table: string; readonly column: string }[];
  database.close();
  const person = { id: 'usr_1', login: 'ada', email: null };
  const rows = [...tenantRows(person, tenantId('ten_a')), ...accountRows(person)];
  const erased = new Set(rows.map(({ erase }) => tableIn(erase)));
  const naming = new Set(columns.filter(({ column }) => PERSONAL.test(column)).map((c) => c.table));
  assert.ok(naming.size >= 15, `only ${naming.size} tables seen`);
  const forgotten = [...naming].filter((table) => !erased.has(table) && !(table in apart));
  assert.deepEqual(forgotten, []);
});

test('every kind of rows has its statement, in a tenant and in all', () => {
  const person = { id: 'usr_1', login: 'ada', email: 'ada@mail.example' };
  for (const tenant of [tenantId('ten_a'), null]) {
    const rows = tenantRows(person, tenant);
    assert.deepEqual(rows.map(({ kind }) => kind).toSorted(), tenantKinds.toSorted());
    for (const { kind, count, erase } of rows) {
      for (const { texts, values } of [count, erase]) {
        assert.equal(texts.length, values.length + 1, kind);
        const isNamed = values.includes('ten_a');
        assert.equal(isNamed, tenant !== null, `${kind} names its tenant, or none`);
      }
    }
  }
  assert.deepEqual(
    accountRows(person)
      .map(({ kind }) => kind)
      .toSorted(),
    accountKinds.toSorted(),
  );
});
