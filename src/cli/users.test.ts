import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../kernel/log.ts';
import { openSqliteStorage } from '../storage/sqlite/open-sqlite-storage.ts';
import { loadConfig } from '../app/config/config.ts';
import { startGateway } from '../app/start.ts';
import { configSources } from './config-flags.ts';
import { run } from './run.ts';

test('a locked out owner is let in again, and sees the users of the tenant', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-users-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const cli = async (...words: readonly string[]) => {
    let [out, error] = ['', ''];
    const terminal = {
      out: (text: string) => void (out += text),
      error: (text: string) => void (error += text),
    };
    const code = await run(['users', ...words], terminal);
    return { code, out: out.trim(), error };
  };
  const flags = ['--data-dir', folder];
  const start = () => {
    const sources = configSources({ 'data-dir': folder, port: '0' });
    return startGateway(loadConfig(sources).config, silentLog, () => {});
  };
  await (await start()).stop('test');
  const before = await openSqliteStorage({ dataDir: folder, log: silentLog });
  const [tenant] = await before.tenants.list();
  assert.ok(tenant !== undefined);
  await before.tenants.update(tenant.id, { status: 'suspended' });
  await before.close();

  const wrong = await cli('create', ...flags);
  assert.equal(wrong.code, 2, wrong.error);
  const none = await cli('create', '--owner', 'ada', '--tenant', 'nowhere', ...flags);
  assert.equal(none.code, 1, none.error);
  const again = await cli('create', '--owner', 'admin', ...flags);
  assert.equal(again.code, 0, again.error);
  const made = await cli('create', '--owner', 'Ada', ...flags);
  assert.match(made.out, /^mgw_live_[0-9a-f]{32}_[0-9A-Za-z]{43}$/);
  assert.match(made.error, /^ada is an owner of default/);

  const gateway = await start();
  t.after(() => gateway.stop('test'));
  const place = ['--url', gateway.url, '--key', made.out];
  const added = await cli('add', 'bob', '--role', 'viewer', ...place);
  assert.match(added.out, /^Added bob as usr_/, added.error);
  const listed = await cli('list', ...place);
  assert.match(listed.out, /admin +owner +active/);
  assert.match(listed.out, /ada +owner +active/);
  const bob = /(usr_\w+) +bob/.exec(listed.out)?.[1] ?? '';
  const changed = await cli('roles', bob, '--role', 'developer', ...place);
  assert.equal(changed.code, 0, changed.error);
  assert.match((await cli('list', ...place)).out, /bob +developer +active/);
  assert.equal((await cli('remove', bob, ...place)).code, 0);
  assert.doesNotMatch((await cli('list', ...place)).out, /bob/);
});
