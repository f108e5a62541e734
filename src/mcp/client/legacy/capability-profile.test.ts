import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capabilityProfile, fullCapabilities } from './capability-profile.ts';

describe('capabilityProfile', () => {
  it('is the same for clients that can do the same', () => {
    const one = capabilityProfile({ roots: { listChanged: true }, elicitation: {} });
    const two = capabilityProfile({ elicitation: { form: { x: 1 } }, roots: {}, unknown: {} });
    assert.equal(one.key, two.key);
    assert.deepEqual(one.capabilities, { elicitation: { form: {} }, roots: {} });
    assert.equal(one.asks, true);
  });

  it('keeps extensions but not tasks, and drops what is too long', () => {
    const { capabilities, asks } = capabilityProfile({
      extensions: { 'io.modelcontextprotocol/tasks': {}, 'x.test/a': { b: 1 }, junk: 1 },
      experimental: { z: {} },
    });
    assert.deepEqual(capabilities, { extensions: { 'x.test/a': { b: 1 } } });
    assert.equal(asks, false);
    const long = capabilityProfile({ extensions: { 'x.test/a': { b: 'x'.repeat(5_000) } } });
    assert.deepEqual(long.capabilities, {});
  });

  it('of everything declares everything', () => {
    assert.deepEqual(capabilityProfile(fullCapabilities).capabilities, fullCapabilities);
  });
});
