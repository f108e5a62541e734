import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { GatewayError, type ErrorCode } from '../../src/kernel/errors.ts';
import { objectMember } from '../../src/kernel/json.ts';
import { callModern } from '../support/mcp-post.ts';
import { complete, FakeUpstream } from '../support/fake-upstream.ts';
import { startDoors, testKeys, type RunningDoors } from '../support/start-doors.ts';

const faults = {
  upstream_failed: 5020,
  upstream_unavailable: 5030,
  upstream_timeout: 5040,
} as const satisfies Partial<Record<ErrorCode, number>>;

const tools = Object.keys(faults).map((name) => ({ name, inputSchema: { type: 'object' } }));
const upstream = new FakeUpstream({
  'tools/list': () => complete({ tools }),
  'tools/call': async ({ params }) => {
    if ((params['arguments'] as { late?: boolean } | undefined)?.late === true) {
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    const code = params['name'] as ErrorCode;
    throw new GatewayError(code, `The service did ${code}.`);
  },
});

describe('what a service does wrong', () => {
  let doors: RunningDoors;
  beforeEach(async () => {
    doors = await startDoors();
    await doors.add('one', upstream);
  });
  afterEach(() => doors[Symbol.asyncDispose]());

  test('reaches the official client 1.x with code and message, at once and late', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`${doors.url}/mcp`), {
      requestInit: { headers: { Authorization: `Bearer ${testKeys.a}` } },
    });
    await client.connect(transport);
    for (const [name, code] of Object.entries(faults)) {
      for (const late of [false, true]) {
        const called = client.callTool({ name: `one__${name}`, arguments: { late } });
        await assert.rejects(called, (error: { code?: unknown; message?: unknown }) => {
          assert.equal(error.code, code, String(error.message));
          assert.match(String(error.message), new RegExp(`The service did ${name}\\.`));
          return true;
        });
      }
    }
    await client.close();
  });

  test('is told a client of 2026-07-28 by the status too', async () => {
    for (const [name, code] of Object.entries(faults)) {
      const answer = await callModern(`${doors.url}/mcp`, 'tools/call', {
        name: `one__${name}`,
        arguments: {},
      });
      assert.equal(answer.status, Math.floor(code / 10));
      assert.equal(objectMember(answer.body, 'error')?.['code'], code);
    }
  });
});
