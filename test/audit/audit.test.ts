import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { run } from '../../src/cli/run.ts';
import { limits } from '../../src/kernel/limits.ts';
import { within } from '../cluster/support/within.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import { callTool, control } from './support/control.ts';

/** These are about what is in a SQLite file, whatever other tests run on. */
const environment = { MCP_GATEWAY_DATABASE_URL: '' };

async function verify(directory: string): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (error += text),
  };
  const code = await run(['audit', 'verify', `--data-dir=${directory}`], terminal);
  return { code, out, error };
}

const serviceAt = (url: string, slug: string) => ({ slug, kind: 'mcp-http', config: { url } });

interface Row {
  readonly seq: number;
  readonly kind: string;
  readonly action: string;
  readonly outcome: string;
  readonly target: string | null;
}

describe('the audit log of a gateway', () => {
  let gateway: RunningGateway;
  let upstream: ModernHttpServer;
  let copies = '';
  before(async () => {
    [gateway, upstream] = await Promise.all([
      startGateway({ environment }),
      startModernHttpServer(),
    ]);
    copies = await mkdtemp(join(tmpdir(), 'mcp-gateway-audit-'));
    await control(gateway, 'POST', '/api/v1/services', serviceAt(upstream.url, 'orders'));
    for (let n = 0; n < 3; n++) await callTool(gateway, 'orders__echo');
    await callTool(gateway, 'orders__no_such_tool');
    await control(gateway, 'DELETE', '/api/v1/services/nothing');
  });
  after(async () => {
    await gateway.stop();
    await upstream[Symbol.asyncDispose]();
    await rm(copies, { recursive: true });
  });

  /** Does something to a copy of the database, and checks that copy. */
  const tamper = async (name: string, work: (database: DatabaseSync) => void) => {
    const directory = join(copies, name);
    await cp(gateway.dataDirectory, directory, { recursive: true });
    const database = new DatabaseSync(join(directory, 'gateway.db'));
    work(database);
    database.close();
    return verify(directory);
  };
  const dropTriggers = (database: DatabaseSync): void => {
    const triggers = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .all();
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${String(name)}`);
  };
  const one = (database: DatabaseSync, where: string): Row =>
    database.prepare(`SELECT * FROM audit_event WHERE ${where} LIMIT 1`).get() as unknown as Row;

  test('holds acts, refused calls and calls, and is without fault', async () => {
    const { json } = await control(gateway, 'GET', '/api/v1/audit?order=oldest');
    const events = json['events'] as unknown as readonly Row[];
    const told = events.map(({ kind, action, outcome, target }) =>
      [kind, action, outcome, target?.replace(/^svc_.*/, 'svc_') ?? ''].join(' '),
    );
    for (const expected of [
      'control registerService begun ',
      'control registerService ok svc_',
      'refusal tools/call refused orders__no_such_tool',
      'control removeService begun nothing',
      'control removeService failed nothing',
      'calls usage.recorded ok ',
    ]) {
      assert.ok(told.includes(expected), `${expected} in ${told.join(', ')}`);
    }
    const verification = await control(gateway, 'GET', '/api/v1/audit/verification');
    assert.deepEqual([verification.json['calls'], verification.json['faults']], [3, []]);
    const untouched = await tamper('untouched', () => {});
    assert.deepEqual([untouched.code, untouched.error], [0, '']);
    assert.match(
      untouched.out,
      /^TENANT +EVENTS +CALLS +FAULTS +HEAD\n\S+ +\d+ +3 +0 +[0-9a-f]{16}$/m,
    );
  });

  test('has a refused call within auditFlushMs, though nobody asks for it', async () => {
    const database = new DatabaseSync(join(gateway.dataDirectory, 'gateway.db'), {
      readOnly: true,
    });
    await callTool(gateway, 'orders__another');
    const find = database.prepare("SELECT 1 FROM audit_event WHERE target = 'orders__another'");
    // Three times as long, because the machine may be busy.
    await within(3 * limits.auditFlushMs, 'it is there', () => find.get() !== undefined);
    database.close();
  });

  test('cannot be changed by statements', async () => {
    await tamper('statements', (database) => {
      for (const statement of [
        "UPDATE audit_event SET outcome = 'ok'",
        'DELETE FROM audit_event',
        'INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event',
        'DELETE FROM usage_fact',
        'DELETE FROM usage_batch',
      ]) {
        assert.throws(() => database.exec(statement), /immutable/, statement);
      }
    });
  });

  test('that had an event changed is found out', async () => {
    let seq = 0;
    const { code, error } = await tamper('changed', (database) => {
      dropTriggers(database);
      ({ seq } = one(database, "outcome = 'failed'"));
      database.exec(`UPDATE audit_event SET outcome = 'ok' WHERE seq = ${seq}`);
    });
    assert.equal(code, 1);
    assert.match(error, new RegExp(`^\\S+, event ${seq}: The event was changed\\.\n$`));
  });

  test('that lacks an event is found out', async () => {
    let seq = 0;
    const { code, error } = await tamper('taken', (database) => {
      dropTriggers(database);
      ({ seq } = one(database, "outcome = 'ok' AND kind = 'control'"));
      database.exec(`DELETE FROM audit_event WHERE seq = ${seq}`);
    });
    assert.equal(code, 1);
    assert.match(error, new RegExp(`, event ${seq + 1}: Event ${seq} is missing before it\\.`));
  });

  test('that seals a call which was deleted is found out', async () => {
    let seq = 0;
    const { code, error } = await tamper('call', (database) => {
      dropTriggers(database);
      ({ seq } = one(database, "kind = 'calls'"));
      database.exec('DELETE FROM usage_fact WHERE id = (SELECT min(id) FROM usage_fact)');
    });
    assert.equal(code, 1);
    assert.match(error, new RegExp(`event ${seq}: 1 of \\d usage records are missing`));
  });

  test('whose end was cut off is found out', async () => {
    const { code, error } = await tamper('end', (database) => {
      dropTriggers(database);
      database.exec('DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)');
    });
    assert.equal(code, 1);
    assert.match(error, /: The chain ends at event \d+, and should at \d+\./);
  });

  test('has the beginning of an act in whose middle the gateway was killed', async () => {
    const other = await startGateway({ environment });
    // Takes connections and never answers: what asks it stays in the middle.
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp`;
    const act = control(other, 'POST', '/api/v1/services', serviceAt(url, 'slow'));
    const database = new DatabaseSync(join(other.dataDirectory, 'gateway.db'), { readOnly: true });
    const acts = (): unknown[] =>
      database.prepare("SELECT action, outcome FROM audit_event WHERE kind = 'control'").all();
    await within(5_000, 'the act has begun', () => acts().length > 0);
    process.kill(other.processId, 'SIGKILL');
    await act.catch(() => {});
    const kept = acts().map((row) => ({ ...(row as object) }));
    assert.deepEqual(kept, [{ action: 'registerService', outcome: 'begun' }]);
    database.close();
    assert.equal((await verify(other.dataDirectory)).code, 0);
    silent.close();
    await other.stop();
  });
});
