import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeKey } from '../../src/identity/issue-key.ts';
import { readKeyFiles } from '../../src/identity/key-ring/key-files.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { limits } from '../../src/kernel/limits.ts';
import { tenantId } from '../../src/kernel/principal.ts';

/** Writes keys of the administrator into a running gateway's database: more than the API gives. */
export async function addKeys(dataDirectory: string, count: number): Promise<readonly string[]> {
  const [first] = await readKeyFiles(dataDirectory);
  if (first === undefined) throw new Error('The gateway has no key');
  const maker = {
    keySecret: first.secret,
    ids: new IdSource(),
    now: Date.now,
  };
  using database = new DatabaseSync(join(dataDirectory, 'gateway.db'), {
    timeout: limits.databaseBusyMs,
  });
  const admin = database.prepare('SELECT tenant_id, id FROM account_user LIMIT 1').get();
  const owner = tenantId(String(admin?.['tenant_id']));
  const ownerId = String(admin?.['id']);
  const insert = database.prepare(
    `INSERT INTO api_key (tenant_id, id, user_id, name, prefix, hash, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const issued = Array.from({ length: count }, (_, index) =>
    makeKey(maker, owner, { userId: ownerId, name: `caller ${index}` }),
  );
  database.exec('BEGIN IMMEDIATE');
  for (const { key } of issued) {
    const { tenant, id, userId, name, prefix, hash, createdAtMs } = key;
    insert.run(tenant, id, userId, name, prefix, hash, createdAtMs);
  }
  database.exec('COMMIT');
  return issued.map(({ plaintext }) => plaintext);
}
