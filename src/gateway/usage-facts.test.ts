import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testPrincipal } from '../../test/support/test-principal.ts';
import { JsonBytes } from '../kernel/json-bytes.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Admitted, Target } from './exchange.ts';
import { attributesOf, quantitiesOf, USAGE_META, type AskedFacts } from './usage-facts.ts';

const asked: AskedFacts = {
  roles: ['admin', 'owner'],
  groups: [],
  arguments: ['region', 'size', '__proto__'],
  reports: () => true,
  isPaid: () => false,
  isInParts: () => false,
};

const principal = testPrincipal();
const admitted = {
  principal: { ...principal, permissions: { ...principal.permissions, roles: ['admin', 'own'] } },
} as unknown as Admitted;

const targetOf = (args: unknown): Target =>
  ({ kind: 'upstream', params: { name: 't', arguments: args } }) as unknown as Target;

const kept = (args: unknown, what = asked): unknown =>
  JSON.parse(attributesOf(what, admitted, targetOf(args)) ?? 'null');

const reported = (usage: unknown): unknown => {
  const text = quantitiesOf(JsonBytes.fromValue({ _meta: { [USAGE_META]: usage } } as JsonObject));
  return text === null ? null : JSON.parse(text);
};

describe('the attributes of a call', () => {
  it('are those that are asked for, as text, and nothing else', () => {
    const args = { region: 'eu', size: 2, secret: 'x', __proto__: { region: 'us' } };
    assert.deepEqual(kept(args), { roles: ['admin'], arguments: { region: 'eu', size: '2' } });
    assert.deepEqual(kept({ region: true, size: { a: 1 } }), {
      roles: ['admin'],
      arguments: { region: 'true' },
    });
    assert.deepEqual(kept('none'), { roles: ['admin'], arguments: {} });
  });

  it('are null where nothing is asked', () => {
    assert.equal(attributesOf(undefined, admitted, targetOf({})), null);
    assert.equal(kept({}, { ...asked, roles: [], arguments: [] }), null);
  });

  it('leave out a value beyond billedArgumentCharactersMax and a name beyond the tenth', () => {
    const longest = 'x'.repeat(limits.billedArgumentCharactersMax);
    const found = (value: string): unknown =>
      (kept({ region: value }) as { arguments: object }).arguments;
    assert.deepEqual(found(longest), { region: longest });
    assert.deepEqual(found(`${longest}x`), {});
    const names = Array.from({ length: limits.billedAttributesMax + 1 }, (_, index) => `a${index}`);
    const args = Object.fromEntries(names.map((name) => [name, '1']));
    const { arguments: few } = kept(args, { ...asked, arguments: names }) as { arguments: object };
    assert.deepEqual(Object.keys(few), names.slice(0, limits.billedAttributesMax));
  });
});

describe('what a tool says it used', () => {
  it('is kept as exact numbers by unit', () => {
    const usage = {
      tokens: { input: 1200, cache_read: '7' },
      quantities: { pages: '12.500000000000000001', gb: 0.25 },
      price: { amount: '0.02', currency: 'USD' },
    };
    assert.deepEqual(reported(usage), {
      'token:input': '1200',
      'token:cache_read': '7',
      'custom:pages': '12.500000000000000001',
      'custom:gb': '0.25',
      reported_price: '0.02 USD',
    });
  });

  it('is nothing where there is no report', () => {
    assert.equal(quantitiesOf(JsonBytes.fromValue({ content: [] })), null);
    assert.equal(quantitiesOf(JsonBytes.fromValue({ _meta: { other: 1 } })), null);
    assert.equal(reported({}), null);
    assert.equal(reported('x'), null);
  });

  it('names what cannot be read instead of guessing', () => {
    const usage = {
      tokens: { input: -1, output: 1e30, ok: 1 },
      quantities: [1],
      price: { amount: '1e3', currency: 'USD' },
    };
    assert.deepEqual(reported(usage), {
      'token:ok': '1',
      unreadable: 'token:input token:output custom price',
    });
    assert.deepEqual(reported({ tokens: { 'A b': 1 }, price: { amount: 1, currency: 'usd' } }), {
      unreadable: 'token:? price',
    });
    const longest = 'n'.repeat(limits.reportedNameLengthMax);
    assert.deepEqual(reported({ quantities: { [longest]: 1, [`${longest}n`]: 1 } }), {
      [`custom:${longest}`]: '1',
      unreadable: 'custom:?',
    });
    const many = Array.from({ length: limits.reportedQuantitiesMax + 1 }, (_, n) => [`q${n}`, 1]);
    const found = reported({ quantities: Object.fromEntries(many) }) as object;
    assert.equal(Object.keys(found).length, limits.reportedQuantitiesMax);
  });
});
