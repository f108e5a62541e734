import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../kernel/errors.ts';
import { ControlPlane } from '../../../../test/support/control-plane.ts';

const acts = (plane: ControlPlane): unknown[] =>
  plane.acts.map(({ action, outcome, target, subject, rule, detail }) => [
    action,
    outcome,
    target,
    subject,
    rule,
    detail,
  ]);

test('a change is on record when it begins and when it ends', async () => {
  const plane = new ControlPlane();
  const body = { kind: 'openapi', slug: 'pets', config: {} };
  await plane.send('POST', '/api/v1/services', { as: 'adminA', body });
  const who = 'user:usr_a_admin';
  assert.deepEqual(acts(plane), [
    ['registerService', 'begun', null, who, 'services.register', {}],
    ['registerService', 'ok', 'svc_1', who, 'services.register', { status: 201 }],
  ]);
});

test('an attempt that is refused is on record, and one that nobody made is not', async () => {
  const plane = new ControlPlane();
  await plane.send('DELETE', '/api/v1/services/pets', { as: 'memberA' });
  assert.deepEqual(acts(plane), [
    ['removeService', 'refused', 'pets', 'user:usr_a_member', 'forbidden', { status: 403 }],
  ]);
  await plane.send('GET', '/api/v1/services', { as: 'memberA' });
  await plane.send('DELETE', '/api/v1/services/pets');
  assert.equal(plane.acts.length, 1);
});

test('what fails after it began says so', async () => {
  const plane = new ControlPlane();
  await plane.send('DELETE', '/api/v1/services/nothing', { as: 'adminA' });
  assert.deepEqual(
    plane.acts.map(({ outcome, rule }) => [outcome, rule]),
    [
      ['begun', 'services.write'],
      ['failed', 'not_found'],
    ],
  );
});

test('nothing is changed that cannot be put on record', async () => {
  const away = () => Promise.reject(new GatewayError('storage_unavailable'));
  const plane = new ControlPlane();
  const { audit } = plane.deps;
  const other = new ControlPlane({ audit: { ...audit, record: away } });
  const body = { kind: 'openapi', slug: 'pets', config: {} };
  const { status } = await other.send('POST', '/api/v1/services', { as: 'adminA', body });
  assert.equal(status, 503);
  assert.equal(other.registry.views.length, 0);
});
