import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { differences, type Difference } from './differences.ts';
import type { Frame } from './frame.ts';
import { legacyFrames } from './legacy-frames.ts';
import { modernFrames } from './modern-frames.ts';
import { runFrames, type Compared } from './run-frames.ts';

const FRAMES_MIN = 1_400;
const GOOD_MIN = 250;

const frame = (change: string): Frame => ({
  era: 'modern',
  method: 'ping',
  change,
  httpMethod: 'POST',
  headers: {},
  body: undefined,
  inSession: false,
});

const outcome = (status: number, code: number | 'result'): Compared['gateway'] => {
  return { status, code, session: undefined };
};

const entry: Difference = {
  era: 'modern',
  changes: ['odd'],
  gateway: '400/-32600',
  reference: '200/result',
  rule: 'a rule',
};

test('the gateway answers as the SDK does, but for what is listed', async () => {
  const frames = [...modernFrames(), ...legacyFrames()];
  assert.ok(frames.length >= FRAMES_MIN, `only ${frames.length} frames`);
  const compared = await runFrames(frames);
  assert.equal(compared.length, frames.length);
  const labels = frames.map(({ era, method, change }) => `${era} ${method} ${change}`);
  assert.equal(new Set(labels).size, labels.length, 'two frames have one name');
  const good = compared.filter(({ gateway }) => gateway.code === 'result');
  assert.ok(good.length >= GOOD_MIN, `only ${good.length} frames are good`);
  assert.deepEqual(compare(compared, differences), []);
});

test('a difference that is not listed is a problem', () => {
  const compared = [
    { frame: frame('odd'), gateway: outcome(400, -32600), reference: outcome(200, 'result') },
  ];
  assert.deepEqual(compare(compared, [entry]), []);
  assert.equal(compare(compared, []).length, 1);
  assert.equal(compare(compared, [{ ...entry, gateway: '400/-32602' }]).length, 2);
});

test('a listed difference that is not there is a problem', () => {
  const same = [
    { frame: frame('odd'), gateway: outcome(200, 'result'), reference: outcome(200, 'result') },
  ];
  assert.equal(compare(same, [entry]).length, 1);
  assert.equal(compare(same, [{ ...entry, methods: ['ping', 'other'] }]).length, 2);
});

test('a change may be listed as making no difference to one side', () => {
  const compared = [
    { frame: frame('none'), gateway: outcome(200, 'result'), reference: outcome(200, 'result') },
    { frame: frame('odd'), gateway: outcome(400, -32600), reference: outcome(200, 'result') },
  ];
  assert.deepEqual(compare(compared, [{ ...entry, reference: 'as unchanged' }]), []);
  assert.equal(compare(compared, [{ ...entry, gateway: 'as unchanged' }]).length, 2);
});
