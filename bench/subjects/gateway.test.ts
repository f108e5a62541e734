import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../src/kernel/limits.ts';
import { createLoad } from '../load.ts';
import type { LoadResult } from '../load-messages.ts';
import modernSmall from '../scenarios/modern-small.ts';
import type { RunningSubject, Subject } from '../subject.ts';
import { pickSubjects } from '../subjects.ts';
import { createUpstream } from '../upstream.ts';

const isLinux = process.platform === 'linux';

/** Starts a subject before an upstream of its own, sends some calls and looks at it. */
async function callThrough(
  subject: Subject,
  look: (running: RunningSubject) => Promise<void>,
): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const upstream = createUpstream();
  cleanup.defer(() => void upstream.close());
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const running = await subject.start({
    scenario: modernSmall,
    upstream: { era: 'modern', url: `http://127.0.0.1:${port}/modern/mcp`, command: [] },
    core: undefined,
    nodeFlags: [],
    gatewayFlags: [],
    directory: tmpdir(),
  });
  cleanup.defer(() => running.stop());
  const load = createLoad();
  const { url, headers } = running;
  const opened = { headers: [headers], era: 'modern', tool: 'echo', connections: 2 } as const;
  await load({ type: 'open', url, ...opened });
  const result = (await load({ type: 'run', until: { requests: 6 } })) as LoadResult;
  assert.deepEqual([result.requests, result.errors], [6, []]);
  await load({ type: 'close' });
  await look(running);
}

test('a gateway is called with an access token of its own', { skip: !isLinux }, async () => {
  const [subject] = pickSubjects(['gateway-jwt']);
  assert.ok(subject !== undefined && subject.leftOut(modernSmall) === undefined);
  await callThrough(subject, async ({ headers }) => {
    const [, head = ''] =
      /^Bearer ([\w-]+)\.[\w-]+\.[\w-]+$/.exec(headers['Authorization'] ?? '') ?? [];
    const { typ } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { typ: string };
    assert.equal(typ, 'at+jwt');
  });
});

test('a gateway is called that has all the rules there may be', { skip: !isLinux }, async () => {
  const [subject] = pickSubjects(['gateway-ruled']);
  assert.ok(subject !== undefined && subject.leftOut(modernSmall) === undefined);
  await callThrough(subject, async ({ url, headers }) => {
    const one = { name: 'one too many', effect: 'deny', services: ['other'] };
    const response = await fetch(new URL('/api/v1/policy/rules', url), {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(one),
    });
    const text = await response.text();
    assert.ok(response.status >= 400 && response.status !== 401, text);
    assert.ok(text.includes(String(limits.policyRulesPerTenantMax)), text);
  });
});

test(
  'a gateway is called that charges by a plan of a thousand rules',
  { skip: !isLinux },
  async () => {
    const [subject] = pickSubjects(['gateway-billed']);
    assert.ok(subject !== undefined && subject.leftOut(modernSmall) === undefined);
    await callThrough(subject, async ({ url, headers }) => {
      const read = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
        const response = await fetch(new URL(`/api/v1/billing/${path}`, url), { headers });
        return (await response.json()) as Readonly<Record<string, unknown>>;
      };
      assert.equal(((await read('rules'))['rules'] as readonly unknown[]).length, 1_000);
      const charged = async () => ((await read('charges'))['charges'] as readonly unknown[]).length;
      for (let left = 100; (await charged()) < 12; left--) {
        assert.ok(left > 0, 'calls are charged by the call and by the byte');
        await wait(100);
      }
    });
  },
);
