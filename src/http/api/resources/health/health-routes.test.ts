import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane } from '../../../../../test/support/control-plane.ts';

describe('health', () => {
  test('tells anyone how the gateway is', async () => {
    const came = await new ControlPlane().send('GET', '/health');
    assert.equal(came.status, 200);
    assert.deepEqual(came.json, {
      status: 'ready',
      ready: true,
      version: '1.2.3',
      uptimeMs: 5_000,
      services: { ready: 2, starting: 1, failed: 0, disabled: 0 },
    });
  });

  test('is ready only between start and stop; alive all the time', async () => {
    const plane = new ControlPlane();
    for (const [phase, status] of [
      ['starting', 503],
      ['ready', 200],
      ['draining', 503],
    ] as const) {
      plane.phase = phase;
      const ready = await plane.send('GET', '/health/ready');
      assert.equal(ready.status, status);
      assert.equal(ready.headers.get('retry-after'), status === 503 ? '1' : null);
      assert.equal((await plane.send('GET', '/health/live')).status, 200);
      const health = await plane.send('GET', '/health');
      assert.equal(health.status, 200);
      assert.equal((health.json as { ready: boolean }).ready, status === 200);
    }
  });

  test('is told to probes that come by address', async () => {
    const plane = new ControlPlane();
    for (const path of ['/health', '/health/ready', '/health/live?x=1']) {
      const came = await plane.send('GET', path, { headers: { host: '10.1.2.3:8090' } });
      assert.equal(came.status, 200);
    }
  });

  test('answers HEAD without a body', async () => {
    const came = await new ControlPlane().send('HEAD', '/health/ready');
    assert.deepEqual([came.status, came.text], [200, '']);
  });
});
