import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillSecretValues } from './fill-secret-values.ts';

test('secrets are filled into values, never into names, and not twice', async () => {
  const secrets: Record<string, string> = { A: '${B}', B: 'b' };
  const asked: string[] = [];
  const secret = (name: string): Promise<string> => {
    asked.push(name);
    const value = secrets[name];
    return value === undefined ? Promise.reject(new Error(name)) : Promise.resolve(value);
  };
  const values = { '${A}': 'x ${A} ${B}', plain: '$A {A}' };
  assert.deepEqual(await fillSecretValues(values, secret), {
    '${A}': 'x ${B} b',
    plain: '$A {A}',
  });
  assert.deepEqual(asked, ['A', 'B']);
  await assert.rejects(fillSecretValues({ a: '${C}' }, secret), /C/);
});
