import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatExact, parseExact } from '../../kernel/exact.ts';
import { advance, openState } from '../rating/advance.ts';
import type { Price } from '../rating/price.ts';
import { priceSchema } from './price-schema.ts';

const guide = readFileSync(new URL('../../../docs/guide/billing.md', import.meta.url), 'utf8');
const rows = [...guide.matchAll(/^\| `(\{"model".*\})` \| (\S+) \| (\S+) \|$/gm)];

test('the examples of the guide cost what it says', () => {
  const models = new Set<string>();
  for (const [, text = '', quantity = '', costs] of rows) {
    const price = priceSchema.parse(JSON.parse(text)) as Price;
    const state = advance(price, openState(price), { quantity: parseExact(quantity) });
    assert.equal(formatExact(state.amount), costs, text);
    models.add(price.model);
  }
  assert.equal(models.size, 6, 'one of each model');
});
