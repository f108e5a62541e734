import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, code, type Files } from './planted-house.ts';
import { readRepository } from './repository.ts';
import { sourceFile } from './source-file.ts';
import { moneyRules } from './rules/money-rules.ts';

const plant = (path: string, ...lines: readonly string[]): Files => ({ [path]: code(...lines) });
const found = (files: Files): readonly string[] =>
  moneyRules(build(files)).map(({ line, text }) => `${line} ${text.split(' ')[0]}`);
const path = 'src/billing/rating/plant.ts';

/** One fault each, and what the rule calls it. */
const faults: readonly (readonly [line: string, name: string])[] = [
  ['export interface Plant { readonly amount: number }', 'amount'],
  ['export interface Plant { readonly amount?: number | null }', 'amount'],
  ['export interface Plant { readonly tiers: readonly number[] }', 'tiers'],
  ['export const tiers: ReadonlyMap<string, number> = new Map();', 'tiers'],
  ['export function total(atMs: number, price: number): void {}', 'price'],
  ['export function total(price: string): number { return 1; }', 'total'],
  ['export const total = (price: string): number => 1;', 'total'],
  ['export type Amount = number;', 'a'],
  ['export const total = Number(text);', 'Number'],
  ['export const total = Number.parseFloat(text);', 'Number'],
  ['export const total = parseFloat(text);', 'parseFloat'],
  ['export const total = Math.round(cents);', 'round'],
  ['export const total = Math.floor(cents);', 'floor'],
  ['export const total = cents.toFixed(2);', 'toFixed'],
  ['export const rate = 0.1;', '0.1'],
  ['export const rate = 1e-9;', '1e-9'],
];

describe('no amount is a number', () => {
  for (const [line, name] of faults) {
    test(`sees ${line}`, () => {
      const seen = found(plant(path, line));
      assert.ok(seen.includes(`1 ${name}`), `saw ${JSON.stringify(seen)}`);
    });
  }

  test('looks at every folder of money, and at no other', () => {
    const line = 'export const rate = 0.1;';
    for (const folder of ['alerts', 'charging', 'credits', 'invoices', 'ledger', 'rating']) {
      assert.equal(found(plant(`src/billing/${folder}/plant.ts`, line)).length, 1, folder);
    }
    for (const file of ['exact', 'currency', 'money']) {
      assert.equal(found(plant(`src/kernel/${file}.ts`, line)).length, 1, file);
    }
    for (const other of [
      'src/billing/periods/a.ts',
      'src/kernel/b.ts',
      'src/billing/rating/c.test.ts',
    ]) {
      assert.deepEqual(found(plant(other, line)), []);
    }
  });

  test('leaves moments, places, decimals, orders and whole digits alone', () => {
    const lines = [
      'export interface Plant { readonly atMs: number; readonly endsAtMs?: number }',
      'export const at = (index: number, digits: number): bigint => 10n ** BigInt(digits);',
      'function byOrder(one: string, other: string): number { return one < other ? -1 : 1; }',
      'export interface Coupon { readonly lines?: readonly number[]; readonly priority?: number }',
      'const unit = { model: "number", number: 1 }.number;',
      'const hex = 0xe1;',
    ];
    assert.deepEqual(found(plant(path, ...lines)), []);
  });

  test('saw the files of the house', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { sources } = readRepository(root);
    const empty = build({});
    const rate = sourceFile(path, 'export const rate = 0.1;');
    const inMoney = sources.filter(({ path: at, isTest }) => {
      const planted = { ...rate, path: at, isTest };
      return moneyRules({ ...empty, sources: [planted] }).length === 1;
    });
    assert.ok(inMoney.length >= 20, `only ${inMoney.length} files of money seen`);
  });
});
