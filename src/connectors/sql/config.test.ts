import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { sqlConfig } from './config.ts';
import { sqlConnector } from './connector.ts';
import { parameterValue } from './parameter-value.ts';

const one = { name: 'one', description: 'one', sql: 'SELECT 1' };
const base = { dialect: 'sqlite', file: '/data/shop.db', statements: [one] };
const problems = (config: unknown): readonly string[] => {
  const parsed = sqlConfig.safeParse(config);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
};

describe('the configuration of a SQL service', () => {
  test('knows its dialects and refuses what it does not know', () => {
    const server = { host: 'db', database: 'shop', user: 'reader', statements: [one] };
    for (const good of [
      base,
      { ...server, dialect: 'postgres' },
      { ...server, dialect: 'mysql' },
    ]) {
      assert.deepEqual(problems(good), []);
    }
    const bad: readonly object[] = [
      { ...base, dialect: 'oracle' },
      { ...base, file: 'relative.db' },
      { ...base, host: 'db' },
      { ...base, extra: true },
      { ...server, dialect: 'postgres', file: '/x' },
      { ...base, statements: [] },
      { ...base, statements: [one, one] },
      { ...base, statements: [{ ...one, name: 'two words' }] },
      { ...base, statements: [{ ...one, placeholders: ['missing'] }] },
    ];
    for (const config of bad) assert.notDeepEqual(problems(config), [], JSON.stringify(config));
    const list = { name: 'ids', type: 'integer', list: true };
    const listed = [{ ...one, parameters: [list] }];
    assert.deepEqual(problems({ ...server, dialect: 'postgres', statements: listed }), []);
    assert.deepEqual(problems({ ...base, statements: listed }), [
      'Only PostgreSQL has lists as parameters.',
    ]);
    assert.equal(sqlConnector.operatorOnly, true);
  });

  test('holds so many statements, parameters and rows, and no more', () => {
    const { sqlStatementsMax, sqlParametersMax, sqlRowsMax, sqlStatementMs } = limits;
    const statements = (count: number): object => ({
      ...base,
      statements: Array.from({ length: count }, (_, at) => ({ ...one, name: `s${at}` })),
    });
    assert.deepEqual(problems(statements(sqlStatementsMax)), []);
    assert.equal(problems(statements(sqlStatementsMax + 1)).length, 1);
    const parameters = (count: number): object => ({
      ...base,
      statements: [
        {
          ...one,
          parameters: Array.from({ length: count }, (_, at) => ({ name: `p${at}`, type: 'date' })),
        },
      ],
    });
    assert.deepEqual(problems(parameters(sqlParametersMax)), []);
    assert.equal(problems(parameters(sqlParametersMax + 1)).length, 1);
    const rows = (rowsMax: number): object => ({ ...base, statements: [{ ...one, rowsMax }] });
    assert.deepEqual(problems(rows(sqlRowsMax)), []);
    assert.equal(problems(rows(sqlRowsMax + 1)).length, 1);
    assert.ok(sqlStatementMs < limits.exchangeTotalMs);
  });
});

describe('an argument of a statement', () => {
  const value = (type: string, given: unknown, more: object = {}): unknown =>
    parameterValue({ name: 'a', type, ...more } as never, { a: given } as never);

  test('is taken when it has the type', () => {
    assert.equal(value('integer', -5), -5n);
    assert.equal(value('integer', '-9223372036854775808'), -9_223_372_036_854_775_808n);
    assert.equal(value('decimal', 1.5), '1.5');
    assert.equal(value('decimal', '-0.00000000000000000001'), '-0.00000000000000000001');
    assert.deepEqual(value('timestamp', '2026-03-31 09:30'), { timestamp: '2026-03-31 09:30' });
    assert.equal(value('json', null, { default: { a: 1 } }), '{"a":1}');
    assert.equal(value('string', undefined, { optional: true }), null);
    assert.deepEqual(value('integer', [1, '2'], { list: true }), [1n, 2n]);
  });

  test('is refused when it has not', () => {
    const bad: readonly (readonly [string, unknown, object?])[] = [
      ['integer', 1.5],
      ['integer', 2 ** 53],
      ['integer', '9223372036854775808'],
      ['integer', '1e3'],
      ['integer', ' 1'],
      ['integer', true],
      ['integer', 11, { maximum: 10 }],
      ['number', '1'],
      ['number', null],
      ['decimal', '1e5'],
      ['decimal', 'NaN'],
      ['decimal', '1; DROP'],
      ['boolean', 'true'],
      ['date', '2023-02-29'],
      ['date', '2026-13-01'],
      ['date', '31.12.2026'],
      ['timestamp', '2026-03-31T25:00:00Z'],
      ['timestamp', 'now()'],
      ['uuid', '018f3b2c'],
      ['binary', '%%%'],
      ['string', 5],
      ['string', 'abc', { lengthMax: 2 }],
      ['string', 'c', { values: ['a', 'b'] }],
      ['string', 'a\0'],
      ['integer', [1, 'x'], { list: true }],
      ['integer', Array.from({ length: limits.sqlRowsMax + 1 }, () => 1), { list: true }],
    ];
    for (const [type, given, more] of bad) {
      assert.throws(() => value(type, given, more), /^ArgumentError: Argument "a" /, type);
    }
  });
});
