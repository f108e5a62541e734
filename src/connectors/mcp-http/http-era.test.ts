import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { startLegacyHttpServer } from '../../../test/support/mcp-http/legacy-http-server.ts';
import { startModernHttpServer } from '../../../test/support/mcp-http/modern-http-server.ts';
import { openHttp } from '../../../test/support/mcp-http/open-http.ts';
import { startSseServer } from '../../../test/support/mcp-http/sse-server.ts';
import {
  testContext,
  testIo,
  toolCall,
  toolText,
} from '../../../test/support/mcp-stdio/harness.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { limits } from '../../kernel/limits.ts';
import type { Upstream } from '../../upstream/contract.ts';
import type { Egress } from '../../kernel/egress.ts';
import { mcpHttpConnector } from './connector.ts';

const never = new AbortController().signal;

/** An upstream whose server can be exchanged for another behind its back. */
async function exchangeable(
  egress: Egress,
  era: string,
): Promise<{ upstream: Upstream; at: { url: string } }> {
  const at = { url: '' };
  const moved: Egress = {
    request: (request) => egress.request({ ...request, url: at.url }),
    connect: (target) => egress.connect(target),
    openWebSocket: (request) => egress.openWebSocket(request),
  };
  const config = mcpHttpConnector.config.parse({ url: 'http://moved.test/mcp', era });
  const upstream = await mcpHttpConnector.open(config, { ...testContext(), egress: moved });
  return { upstream, at };
}

describe('a server over HTTP that changes its era', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  it('is followed from modern to legacy and back', async () => {
    await using modern = await startModernHttpServer();
    await using legacy = await startLegacyHttpServer();
    const { upstream, at } = await exchangeable(egress, 'auto');
    await using _closing = upstream;
    for (const [url, era] of [
      [modern.url, 'modern'],
      [legacy.url, 'legacy'],
      [modern.url, 'modern'],
    ] as const) {
      at.url = url;
      assert.equal(
        toolText(await upstream.request(toolCall('echo', { era }), testIo())),
        `{"era":"${era}"}`,
      );
      assert.equal((await upstream.discover(never)).era, era);
    }
  });

  it('is not followed when its era is configured', async () => {
    await using legacy = await startLegacyHttpServer();
    const { upstream, at } = await exchangeable(egress, 'modern');
    await using _closing = upstream;
    at.url = legacy.url;
    await assert.rejects(upstream.request(toolCall('echo'), testIo()), { code: 'upstream_failed' });
    assert.equal(legacy.of('initialize').length, 0);
  });

  it('is asked again when the verdict that it is legacy is old', async (test) => {
    await using legacy = await startLegacyHttpServer();
    await using modern = await startModernHttpServer();
    const { upstream, at } = await exchangeable(egress, 'auto');
    await using _closing = upstream;
    at.url = legacy.url;
    assert.equal((await upstream.discover(never)).era, 'legacy');
    at.url = modern.url;
    const now = Date.now();
    test.mock.method(Date, 'now', () => now + limits.eraVerdictMs + 60_000);
    assert.equal((await upstream.discover(never)).era, 'modern');
  });

  it('that says nothing is no evidence, and does not hold anybody up for long', async () => {
    const silent: Egress = {
      request: ({ cancellation }) =>
        new Promise((_resolve, reject) => {
          cancellation?.onCancel((reason) => reject(new Error(reason)));
        }),
      connect: () => Promise.reject(new Error('not here')),
      openWebSocket: () => Promise.reject(new Error('not here')),
    };
    const { upstream, at } = await exchangeable(silent, 'auto');
    at.url = 'http://silent.test/';
    const io = testIo();
    const running = upstream.request(toolCall('echo'), io);
    setTimeout(() => io.cancellation.cancel('deadline'), 20);
    await assert.rejects(running, { code: 'upstream_timeout' });
    await assert.rejects(upstream.discover(AbortSignal.timeout(20)), { code: 'upstream_timeout' });
    assert.ok(limits.eraProbeMs <= 10_000);
    await upstream[Symbol.asyncDispose]();
  });
});

describe('a server of 2024-11-05', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  after(() => egress[Symbol.asyncDispose]());

  for (const era of ['auto', 'legacy'] as const) {
    it(`is spoken to over its two endpoints (${era})`, async () => {
      await using server = await startSseServer();
      const { upstream } = await openHttp(egress, server.url, { era });
      await using _closing = upstream;
      const found = await upstream.discover(never);
      assert.equal(found.protocolVersion, '2024-11-05');
      assert.ok('completions' in found.capabilities);
      assert.equal(toolText(await upstream.request(toolCall('x', { a: 1 }), testIo())), '{"a":1}');
      const methods = server.got.map(({ method }) => method);
      assert.deepEqual(methods.slice(0, 2), ['initialize', 'notifications/initialized']);
    });
  }

  it('parks a call that asks for input', async () => {
    await using server = await startSseServer();
    const { upstream } = await openHttp(egress, server.url);
    await using _closing = upstream;
    const asked = await upstream.request(toolCall('ask', {}, { roots: {} }), testIo());
    assert.equal(asked.resultType, 'input_required');
    const [key] = Object.keys(asked.inputRequests ?? {});
    const inputResponses = { [key as string]: { roots: [] } };
    const requestState = asked.requestState as string;
    const retry = toolCall('ask', {}, { roots: {} }, { inputResponses, requestState });
    assert.equal(toolText(await upstream.request(retry, testIo())), '{"roots":[]}');
  });

  it('fails its calls when its stream ends, and gets a new one', async () => {
    await using server = await startSseServer();
    const { upstream } = await openHttp(egress, server.url);
    await using _closing = upstream;
    await upstream.request(toolCall('x'), testIo());
    const pending = upstream.request(toolCall('never'), testIo());
    setTimeout(() => server.drop(), 20);
    await assert.rejects(pending, { code: 'upstream_failed' });
    assert.equal(toolText(await upstream.request(toolCall('x', { b: 2 }), testIo())), '{"b":2}');
  });

  it('may not name an address elsewhere', async () => {
    await using server = await startSseServer('http://127.0.0.2:1/messages');
    const { upstream } = await openHttp(egress, server.url);
    await using _closing = upstream;
    await assert.rejects(upstream.request(toolCall('x'), testIo()), { code: 'upstream_failed' });
  });
});
