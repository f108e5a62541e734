import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeKey } from '../../src/identity/keys/make-key.ts';
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
    env: 'live',
    ids: new IdSource(),
    now: Date.now,
  };
  using database = new DatabaseSync(join(dataDirectory, 'gateway.db'), {
    timeout: limits.databaseBusyMs,
  });
  const admin = database.prepare('SELECT tenant_id, user_id FROM membership LIMIT 1').get();
  const owner = tenantId(String(admin?.['tenant_id']));
  const ownerId = String(admin?.['user_id']);
  const insert = database.prepare(
    `INSERT INTO api_key (tenant_id, id, subject_kind, subject_id, name, env, prefix,
       created_at_ms, access)
     VALUES (?, ?, 'user', ?, ?, 'live', ?, ?, '[]')`,
  );
  const insertSecret = database.prepare(
    'INSERT INTO api_key_secret (hash, tenant_id, key_id, created_at_ms) VALUES (?, ?, ?, ?)',
  );
  const subject = { kind: 'user', id: ownerId } as const;
  const issued = Array.from({ length: count }, (_, index) =>
    makeKey(maker, owner, { subject, name: `caller ${index}` }),
  );
  database.exec('BEGIN IMMEDIATE');
  for (const { key, secret } of issued) {
    const { tenant, id, name, prefix, createdAtMs } = key;
    insert.run(tenant, id, ownerId, name, prefix, createdAtMs);
    insertSecret.run(secret.hash, tenant, id, createdAtMs);
  }
  database.exec('COMMIT');
  return issued.map(({ plaintext }) => plaintext);
}
