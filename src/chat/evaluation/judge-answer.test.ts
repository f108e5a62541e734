import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RE2JS } from 're2js';
import type { CallSummary } from '../runs/run-summary.ts';
import type { Expected } from './case.ts';
import { judgeAnswer, type JudgedRun } from './judge-answer.ts';

const nothing: Expected = {
  calls: [],
  notCalled: [],
  contains: [],
  matches: [],
  stepsMax: null,
  costMax: null,
};
const call = (tool: string, given: CallSummary['arguments'] = {}) =>
  ({ tool, arguments: given }) as CallSummary;

function runOf(change: Partial<JudgedRun['summary']> = {}): JudgedRun {
  const cost = { amounts: [{ nano: 2_500_000_000n, currency: 'EUR' }], isUnpriced: false };
  const calls = [call('orders__get', { id: 17, with: { lines: true, tax: 1 } })];
  const said = { answer: 'Order 17 is late.', calls, cost };
  return { steps: 2, summary: { ...said, stopReason: 'done', error: null, ...change } };
}

const judge = (expected: Partial<Expected>, run = runOf()) =>
  judgeAnswer({ ...nothing, ...expected }, run, RE2JS);

test('an answer is as expected', () => {
  assert.deepEqual(judge({}), []);
  const all: Expected = {
    calls: [{ tool: 'orders__g*', arguments: { with: { lines: true } } }],
    notCalled: ['*__delete*'],
    contains: ['order 17'],
    matches: ['^Order \\d+ is (late|lost)'],
    stepsMax: 2,
    costMax: { amount: '2.5', currency: 'EUR' },
  };
  assert.deepEqual(judge(all), []);
});

test('what is not as expected is said, each for itself', () => {
  const failures = judge({
    calls: [
      { tool: 'orders__get', arguments: { id: 18 } },
      { tool: 'orders__list', arguments: null },
    ],
    notCalled: ['orders__*'],
    contains: ['on time'],
    matches: ['early$'],
    stepsMax: 1,
    costMax: { amount: '2.499999999', currency: 'EUR' },
  });
  assert.deepEqual(failures, [
    'orders__get was not called with {"id":18}.',
    'orders__list was not called.',
    'orders__get was called.',
    'The answer has no "on time".',
    'The answer does not match early$.',
    'It took 2 steps.',
    'It cost more than 2.499999999 EUR.',
  ]);
});

test('each expected call wants one of its own, and an own member', () => {
  const twice = [
    { tool: 'orders__get', arguments: null },
    { tool: 'orders__get', arguments: null },
  ];
  assert.deepEqual(judge({ calls: twice }), ['orders__get was not called.']);
  const calls = [call('orders__get'), call('orders__get')];
  assert.deepEqual(judge({ calls: twice }, runOf({ calls })), []);
  const inherited = [{ tool: 'orders__get', arguments: { constructor: null } }];
  assert.equal(judge({ calls: inherited }).length, 1);
});

test('a run that did not end by itself fails, and so does what it cost unseen', () => {
  const error = { code: 'internal', message: 'It broke.' };
  assert.deepEqual(judge({}, runOf({ stopReason: 'failed', error })), [
    'The run ended with "failed": It broke.',
  ]);
  const costMax = { amount: '9', currency: 'USD' };
  assert.deepEqual(judge({ costMax }), ['It cost EUR, which is not USD.']);
  const unpriced = runOf({ cost: { amounts: [], isUnpriced: true } });
  assert.deepEqual(judge({ costMax }, unpriced), [
    'What it cost is not known: a model has no price.',
  ]);
});
