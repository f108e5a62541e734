import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startGateway } from '../../app/start.ts';
import { loadConfig } from '../../app/config/config.ts';
import { silentLog } from '../../kernel/log.ts';
import { run } from '../run.ts';

test('whoever has the data folder makes a password link, and a new key for tokens', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-reset-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const flags = ['--data-dir', folder, '--port', '0'];
  const commandLine = async (...words: readonly string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    const code = await run([...words, ...flags], terminal);
    return { code, out, error };
  };
  const start = () => {
    const key = { key: 'server.port', text: '0', flag: '--port' };
    const data = { key: 'data.directory', text: folder, flag: '--data-dir' };
    return startGateway(loadConfig({ flags: [key, data] }).config, silentLog, () => {});
  };
  const post = async (url: string, path: string, body: object) =>
    (
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).status;

  await (await start()).stop('test');
  assert.match((await commandLine('keys', 'rotate-tokens')).out, /Nothing was signed yet/);
  const wrong = await commandLine('reset-password', 'nobody');
  assert.equal(wrong.code, 1);
  assert.match(wrong.error, /Nobody has the login nobody/);
  assert.equal((await commandLine('reset-password')).code, 2);
  const made = await commandLine('reset-password', 'ADMIN');
  assert.equal(made.code, 0);
  const token = /\/console\/#reset=(\w{43})\n$/.exec(made.out)?.[1];
  const password = 'a password of my own';
  const gateway = await start();
  assert.equal(await post(gateway.url, '/auth/password/reset', { token, password }), 204);
  assert.equal(await post(gateway.url, '/auth/authenticate', { login: 'admin', password }), 200);
  await gateway.stop('test');
  assert.match((await commandLine('keys', 'rotate-tokens')).out, /A new key signs access tokens/);
});
