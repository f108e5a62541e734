import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { HostileCase } from '../case.ts';
import { textOf } from '../world/client.ts';
import { planted, type World } from '../world/open-world.ts';
import { connect, withDiary } from './accounts.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

const rotated: HostileCase = {
  id: 'I3',
  title: 'the keys of the vault replaced five times under calls that need what it holds',
  expected: 'no call fails; servers get the same secrets; nobody but an administrator may',
  run: (world) =>
    withDiary(world, async (slug) => {
      const { client, keys, evil } = world;
      await connect(world, keys.admin, slug, 'ada');
      const isOver = new AbortController();
      let calls = 0;
      const use = async (): Promise<void> => {
        while (!isOver.signal.aborted) {
          const diary = await client.call(keys.admin, `/mcp/${slug}`, 'who');
          assert.match(diary.text, /I am ada/, diary.text.slice(0, 300));
          const came = await client.call(keys.admin, '/mcp/evil', 'work');
          assert.match(came.text, /done/);
          assert.ok(evil.lastHeaders.authorization?.endsWith(planted.upstream));
          calls++;
        }
      };
      const users = [use(), use(), use()];
      for (const user of users) user.catch(() => isOver.abort());
      const path = '/api/v1/vault/rotations';
      for (let turn = 0; turn < 5; turn++) {
        const sent = { key: keys.admin, body: { dataKeys: true } };
        const { status, text } = await client.send('POST', path, sent);
        assert.equal(status, 200, text);
      }
      const before = calls;
      while (calls < before + 10 && !isOver.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      isOver.abort();
      await Promise.all(users);
      const refused = await client.send('POST', path, { key: keys.narrow, body: {} });
      assert.equal(refused.status, 403);
    }),
};

interface Verdict {
  readonly code: number | null;
  readonly text: string;
}

/** Checks a copy of the data folder after something was done to its database. */
async function verify(
  { dataDirectory, folder }: World,
  tamper: (database: DatabaseSync) => void,
): Promise<Verdict> {
  const copy = join(folder, 'audited');
  cpSync(dataDirectory, copy, { recursive: true });
  try {
    {
      using database = new DatabaseSync(join(copy, 'gateway.db'));
      const triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
      for (const { name } of database.prepare(triggers).all()) {
        database.exec(`DROP TRIGGER "${String(name)}"`);
      }
      tamper(database);
    }
    const flags = [MAIN, 'audit', 'verify', '--data-dir', copy];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const tampered: HostileCase = {
  id: 'I9',
  title: 'events of the audit log changed, taken out, put in, by whoever may open its file',
  expected: 'the check fails and names the event; over the API nothing can be changed',
  run: async (world) => {
    const { client, keys } = world;
    for (const name of ['audited one', 'audited two', 'audited three']) {
      const body = { name };
      const { json } = await client.send('POST', '/api/v1/keys', { key: keys.admin, body });
      const path = `/api/v1/keys/${textOf(json, 'id')}`;
      await client.send('DELETE', path, { key: keys.admin });
    }
    const own = await client.send('GET', '/api/v1/audit/verification', { key: keys.admin });
    assert.deepEqual([own.status, own.json['faults']], [200, []]);
    for (const method of ['DELETE', 'PATCH', 'PUT', 'POST']) {
      for (const path of ['/api/v1/audit', '/api/v1/audit/1', '/api/v1/audit/export']) {
        const { status } = await client.send(method, path, { key: keys.admin, body: {} });
        assert.ok([404, 405].includes(status), `${method} ${path}: ${status}`);
      }
    }
    const good = await verify(world, () => {});
    assert.equal(good.code, 0, good.text);
    // The third event of the tenant that has most of them.
    const busiest =
      '(SELECT tenant_id FROM audit_event GROUP BY tenant_id ORDER BY count(*) DESC LIMIT 1)';
    const one = `tenant_id = ${busiest} AND seq = 3`;
    const changes = [
      `UPDATE audit_event SET outcome = 'denied' WHERE ${one}`,
      `UPDATE audit_event SET action = 'nothing' WHERE ${one}`,
      `UPDATE audit_event SET at_ms = at_ms + 1 WHERE ${one}`,
      `DELETE FROM audit_event WHERE ${one}`,
    ];
    for (const change of changes) {
      const { code, text } = await verify(world, (database) => {
        assert.equal(database.prepare(change).run().changes, 1, change);
      });
      assert.equal(code, 1, `${change}: ${text}`);
      assert.match(text, /event [34]\b/, change);
    }
  },
};

/** What the gateway keeps for later. */
export const recordCases = { rotated, tampered };
