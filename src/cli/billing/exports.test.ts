import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { run } from '../run.ts';

test('exporters, what they were refused and their invoices are shown', async (t) => {
  const asked: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    '': {
      exporters: [
        { id: 'exp_1', name: 'Lago', settings: { kind: 'lago' }, enabled: true, exported: 7 },
      ],
    },
    '/exp_1/refused': {
      refused: [
        { eventId: 'chg_1', rule: 'call', atMs: 0, retryAtMs: null, reason: 'unknown code' },
        { eventId: 'chg_2', rule: 'call', atMs: 0, retryAtMs: 5, reason: 'unknown code' },
      ],
    },
    '/exp_1/invoices': {
      invoices: [{ invoiceId: 'inv_1', state: 'sent', vendorId: 'in_1', atMs: 0, reason: null }],
    },
    '/exp_1/retry': { marked: 2 },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`.trim());
      const path = (request.url ?? '').replace('/api/v1/billing/exporters', '');
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers[path]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cli = async (...words: readonly string[]) => {
    let out = '';
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (out += text),
    };
    const place = ['--url', url, '--key', 'key'];
    const code = await run(['billing', 'exports', ...words, ...place], terminal);
    return { code, out };
  };
  assert.match((await cli()).out, /exp_1 +Lago +lago +on +7/);
  assert.match((await cli('refused', 'exp_1')).out, /chg_1 .*\n.*chg_2 .* waits +unknown code/);
  assert.match((await cli('invoices', 'exp_1')).out, /inv_1 +sent +in_1/);
  assert.match((await cli('retry', 'exp_1')).out, /2 are sent once more/);
  await cli('retry', 'exp_1', 'chg_1', 'chg_2');
  assert.deepEqual(asked.slice(-2), [
    'POST /api/v1/billing/exporters/exp_1/retry {}',
    'POST /api/v1/billing/exporters/exp_1/retry {"events":["chg_1","chg_2"]}',
  ]);
  assert.equal((await cli('refused')).code, 2);
  assert.equal((await cli('forget')).code, 2);
  assert.deepEqual(JSON.parse((await cli('retry', 'exp_1', '--json')).out), { marked: 2 });
});
