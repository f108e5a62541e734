import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { run } from '../run.ts';

const tenants = [{ tenantId: 'ten_a', rows: { keys: 2, captures: 0 } }];

/** A gateway that knows one user. */
async function startFake(t: TestContext) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url?.includes('usr_1/export') === true) {
      response.write('{"kind":"account","name":"Ad');
      setTimeout(() => response.end('é"}\n'), 20);
    } else if (request.url?.includes('usr_1/erasure') === true) {
      const answer = { account: 'erased', tenants, leftovers: {}, accountRows: { account: 1 } };
      response.end(JSON.stringify(answer));
    } else {
      response.statusCode = 404;
      response.end(JSON.stringify({ detail: 'Nothing is there.' }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cli = async (...argv: string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    const code = await run(['privacy', ...argv, `--url=${url}`, '--key=k'], terminal);
    return { code, out, error };
  };
  return { asked, cli };
}

test('an export is written as it comes', async (t) => {
  const { asked, cli } = await startFake(t);
  const { code, out } = await cli('export', 'usr_1');
  assert.deepEqual([code, out], [0, '{"kind":"account","name":"Adé"}\n']);
  const refused = await cli('export', '--me');
  assert.deepEqual([refused.code, refused.error], [1, 'mcp-gateway: Nothing is there.\n']);
  assert.deepEqual(asked, ['GET /api/v1/privacy/people/usr_1/export', 'GET /api/v1/me/export']);
});

test('an erasure says what went, and a dry run that nothing did', async (t) => {
  const { asked, cli } = await startFake(t);
  const would = await cli('erase', 'usr_1', '--dry-run');
  assert.match(would.out, /^ten_a +keys +2$/m);
  assert.ok(!would.out.includes('captures'));
  assert.match(would.error, /^Nothing was erased/);
  const { code, error } = await cli('erase', 'usr_1');
  assert.deepEqual([code, error], [0, 'Erased; the account is erased.\n']);
  assert.deepEqual(asked, [
    'POST /api/v1/privacy/people/usr_1/erasure?dryRun=true',
    'POST /api/v1/privacy/people/usr_1/erasure',
  ]);
});

test('without a user or a known word it is wrong use', async (t) => {
  const { asked, cli } = await startFake(t);
  for (const argv of [['erase'], ['export'], ['forget', 'usr_1'], []]) {
    assert.equal((await cli(...argv)).code, 2, argv.join(' '));
  }
  assert.deepEqual(asked, []);
});
