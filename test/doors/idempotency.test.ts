import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callApi } from '../../examples/quickstart/call-api.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';
import { openBareClient } from '../interop/open-answering-client.ts';
import {
  startChangingServer,
  toolNamed,
  type ChangingServer,
} from '../support/mcp-http/changing-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';

const META = 'mcp-gateway/idempotencyKey';

describe('calls with an idempotency key', { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let server: ChangingServer;
  let sold = 0;

  before(async () => {
    server = await startChangingServer([toolNamed('buy')]);
    server.answer = () => ({ content: [{ type: 'text', text: `order ${++sold}` }] });
    gateway = await startGateway();
    await callApi(gateway, 'POST', '/register-service', { slug: 'shop', url: server.url });
  });
  after(async () => {
    await gateway?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  const usage = async (): Promise<readonly UsageRecord[]> => {
    const { records } = await callApi(gateway, 'GET', '/api/v1/usage?order=newest&limit=500');
    return (records as readonly UsageRecord[]).filter(({ method }) => method === 'tools/call');
  };

  for (const era of ['modern', 'legacy'] as const) {
    test(`a ${era} client that repeats one is answered once bought, and charged once`, async () => {
      const endpoint = `${gateway.url}/mcp/shop`;
      const client = await openBareClient({ endpoint, apiKey: gateway.apiKey, era });
      try {
        const buy = async (key: string, text = 'tea'): Promise<unknown> => {
          const result = await client.callTool({
            name: 'buy',
            arguments: { text },
            _meta: { [META]: key },
          });
          return (result.content as readonly { text: string }[])[0]?.text;
        };
        const answers = await Promise.all([buy(`${era}-1`), buy(`${era}-1`), buy(`${era}-1`)]);
        assert.equal(new Set(answers).size, 1);
        assert.equal(await buy(`${era}-1`), answers[0]);
        await assert.rejects(buy(`${era}-1`, 'coffee'), /other arguments/);
        assert.notEqual(await buy(`${era}-2`), answers[0]);
        const records = (await usage()).filter(({ clientEra }) => clientEra === era);
        const works = [...Map.groupBy(records, ({ chargeKey }) => chargeKey).values()];
        const outcomes = works.map((mine) => [
          mine.every(({ chargeKey }) => chargeKey.startsWith('idem_')),
          mine.map(({ outcome, upstreamCalled }) => `${outcome} ${upstreamCalled}`).toSorted(),
        ]);
        assert.deepEqual(outcomes, [
          [true, ['ok true']],
          [true, ['ok true', 'rejected true', ...Array(3).fill('replayed false')]],
        ]);
      } finally {
        await client.close();
      }
    });
  }

  test('the header does it for a caller of plain HTTP', async () => {
    const call = async (key: string): Promise<[number, unknown]> => {
      const answer = await fetch(`${gateway.url}/services/shop/tools/buy`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gateway.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify({ text: 'water' }),
      });
      return [answer.status, await answer.json()];
    };
    const first = await call('plain-1');
    assert.equal(first[0], 200);
    assert.deepEqual(await call('plain-1'), first);
    const [status, problem] = await call('not a key');
    assert.equal(status, 400);
    assert.match(JSON.stringify(problem), /Idempotency-Key \(or/);
  });
});
