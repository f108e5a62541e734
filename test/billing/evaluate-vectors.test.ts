import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluateVectors } from './evaluate-vectors.ts';
import { readVectors } from './read-vectors.ts';

type Fields = Readonly<Record<string, unknown>>;

const line = (fields: Fields): string =>
  JSON.stringify({ id: 'one', kind: 'per_unit', currency: 'USD', expected: {}, ...fields });
const judged = (fields: Fields): readonly string[] => {
  const [outcome] = evaluateVectors(readVectors(line(fields)));
  return outcome === undefined ? [] : [outcome.verdict, ...outcome.reasons];
};
const unit = { model: 'unit', unit_amount: '0.067' };
const amount = { exact: '3.685', nano: '3685000000', printed: '3.68', printed_half_up: '3.69' };

describe('published examples', () => {
  test('are right when all that is expected is what the product says', () => {
    assert.deepEqual(judged({ price: unit, quantity: '55', expected: { amount } }), ['right']);
    const fraction = { amount: { exact: '67/3000', printed: '0.02' } };
    assert.deepEqual(judged({ price: unit, quantity: '1/3', expected: fraction }), ['right']);
    assert.deepEqual(judged({ price: unit, quantity: '2', expected: { total: '0.134' } }), [
      'right',
    ]);
    assert.equal(judged({ price: unit, quantity: '2', expected: { total: '1' } })[0], 'wrong');
    assert.equal(judged({ price: unit, quantity: '2', expected: { lines: 'x' } })[0], 'wrong');
  });

  test('are wrong when any of it is not', () => {
    const wrong = { exact: '3.686', nano: '3685000001', printed: '3.69', printed_half_up: '3.68' };
    for (const [name, value] of Object.entries(wrong)) {
      const expected = { amount: { ...amount, [name]: value } };
      const [verdict, reason] = judged({ price: unit, quantity: '55', expected });
      assert.equal(verdict, 'wrong', name);
      assert.ok(reason?.startsWith(`expected.amount.${name}: `), reason);
    }
  });

  test('are wrong when a grant pays that should not, or does not pay', () => {
    const events = [{ grant: { id: 'a', amount: '5' } }, { at: 1, charge: '3' }];
    const step = { at: 1, charge: '3', shortfall: '0', remaining: { a: '2' } };
    const said = (taken: Fields): readonly string[] =>
      judged({ kind: 'credits', price: null, events, expected: { steps: [{ ...step, taken }] } });
    assert.deepEqual(said({ a: '3' }), ['right']);
    assert.equal(said({})[0], 'wrong');
    assert.equal(said({ a: '3', b: '1' })[0], 'wrong');
  });

  test('cannot be expressed when a word is not known, which is said by name', () => {
    const cases: readonly (readonly [Fields, string])[] = [
      [{ kind: 'barter' }, 'kind barter is not known'],
      [{ price: { ...unit, moon: 'full' }, quantity: '1' }, 'price.moon has no meaning here'],
      [{ price: { model: 'auction' }, quantity: '1' }, 'price.model "auction" is no model'],
      [{ price: unit, quantity: 'many' }, 'quantity is not an exact number: "many"'],
      [{ price: unit }, 'there is neither a quantity nor an event'],
      [
        { price: unit, quantity: '1', expected: { karma: '1' } },
        'expected.karma is nothing that is computed',
      ],
      [
        { price: unit, quantity: '1', expected: { amount: { exact: '0.067', karma: '1' } } },
        'expected.amount.karma is nothing that is computed',
      ],
      [
        { price: { model: 'volume', tiers: [{ up_to: '5', unit_amount: '1' }] }, quantity: '6' },
        'The quantity is beyond the last tier; set upTo of the last tier to null',
      ],
    ];
    for (const [fields, reason] of cases) assert.deepEqual(judged(fields), ['cannot', reason]);
  });

  test('of strange shapes are refused, never judged and never a crash', () => {
    const kinds = [
      'coupon credits proration period tokens alerts aggregation rollover credit_note rounding',
      'currency late_correction idempotency delta cap account_balance progressive_billing',
      'minimum_commitment quantity_rounding percentage volume package flat',
    ].flatMap((names) => names.split(' '));
    const expected = { amount, lines: [amount], crossed: ['1'], next: '2024-01-01', net: amount };
    const shapes: readonly Fields[] = [
      { price: null },
      { price: {}, events: [{}] },
      { price: { tiers: 5, rules: [1], lines: [null], coupons: {} }, quantity: { a: 1 } },
      { price: { model: 'graduated', tiers: [{}] }, events: [{ at: 'soon', value: [] }] },
      { price: { instants: {}, dates: [], thresholds: 'x' }, quantity: ['1', 'x'] },
    ];
    for (const kind of kinds) {
      for (const shape of shapes) {
        const [verdict, reason] = judged({ ...shape, kind, expected });
        assert.equal(verdict, 'cannot', `${kind} ${JSON.stringify(shape)}`);
        assert.ok(!reason?.startsWith('not understood'), `${kind}: ${reason}`);
      }
    }
  });
});

describe('a file of vectors', () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    [`${line({})}\n{"id":`, /^line 2: not JSON/],
    [line({ id: undefined }), /^line 1: id: /],
    [line({ currency: 'usd' }), /^line 1: currency: /],
    [line({ expected: [] }), /^line 1: expected: /],
    [line({ events: [1] }), /^line 1: events\.0: /],
    [line({ quantity: true }), /^line 1: quantity: /],
    ['[]', /^line 1: the whole: /],
    [`${line({})}\n\n${line({})}`, /^line 3: id: one was on line 1 already/],
    ['\n', /no vector/],
  ];
  for (const [text, message] of refusals) {
    test(`is refused with ${message.source}`, () => {
      assert.throws(() => readVectors(text), { name: 'SyntaxError', message });
    });
  }
});
