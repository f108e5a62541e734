import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../run.ts';

/** No text: its bytes are no UTF-8, and it comes in pieces. */
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(70_000, 0xff)]);

test('an invoice is written to a new file, byte by byte, and a PDF nowhere else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-invoice-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = createServer(({ url }, response) => {
    if (url === '/api/v1/billing/invoices/inv_1/pdf') return response.end(PDF);
    if (url === '/api/v1/billing/invoices/inv_1/csv') return response.end('line;é\n');
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    return response.end('{"detail":"There is no such invoice."}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cli = async (...words: readonly string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    const place = ['--url', url, '--key', 'key'];
    const code = await run(['billing', 'invoices', 'export', ...words, ...place], terminal);
    return { code, out, error };
  };
  const file = join(folder, 'invoice.pdf');
  assert.equal((await cli('inv_1', 'pdf')).code, 2, 'not to a terminal');
  const written = await cli('inv_1', 'pdf', '--output', file);
  assert.deepEqual([written.code, written.out], [0, ''], written.error);
  assert.deepEqual(readFileSync(file), PDF);
  assert.equal(statSync(file).mode & 0o077, 0, 'for its owner alone');
  assert.match((await cli('inv_1', 'pdf', '--output', file)).error, /is there already/);
  assert.equal((await cli('inv_1', 'csv')).out, 'line;é\n');
  const none = join(folder, 'none.pdf');
  const refused = await cli('inv_2', 'pdf', '--output', none);
  assert.match(refused.error, /There is no such invoice/);
  assert.equal(existsSync(none), false);
  assert.equal((await cli('inv_1', 'docx')).code, 2);
});
