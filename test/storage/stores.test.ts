import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { silentLog } from '../../src/kernel/log.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { auditContract } from './contract/audit-contract.ts';
import { catalogContract } from './contract/catalog-contract.ts';
import type { OpenEmpty } from './contract/fixtures.ts';
import { guardContract } from './contract/guard-contract.ts';
import { certificateContract } from './contract/certificate-contract.ts';
import { identityContract } from './contract/identity-contract.ts';
import { policyContract } from './contract/policy-contract.ts';
import { rolesContract } from './contract/roles-contract.ts';
import { retentionContract } from './contract/retention-contract.ts';
import { oauthContract } from './contract/oauth-contract.ts';
import { sessionContract } from './contract/session-contract.ts';
import { sharedTruthContract } from './contract/shared-truth-contract.ts';
import { signInContract } from './contract/sign-in-contract.ts';
import { ssoContract } from './contract/sso-contract.ts';
import { tokenContract } from './contract/token-contract.ts';
import { usageContract } from './contract/usage-contract.ts';
import { vaultContract } from './contract/vault-contract.ts';
import { versionContract } from './contract/version-contract.ts';

/** Every store on every engine: what one does, the other does. */
const contracts = [
  identityContract,
  rolesContract,
  certificateContract,
  catalogContract,
  versionContract,
  sessionContract,
  usageContract,
  policyContract,
  sharedTruthContract,
  guardContract,
  vaultContract,
  auditContract,
  retentionContract,
  tokenContract,
  signInContract,
  oauthContract,
  ssoContract,
];

describe('stores on SQLite', () => {
  const open: OpenEmpty = async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
    const storage = await openSqliteStorage({ dataDir, log: silentLog });
    t.after(async () => {
      await storage.close();
      rmSync(dataDir, { recursive: true });
    });
    return storage;
  };
  for (const contract of contracts) contract(open);
});

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
describe('stores on PostgreSQL', { skip }, () => {
  let server: PostgresServer;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(() => server[Symbol.asyncDispose]());
  const open: OpenEmpty = async (t) => {
    const database = await makeDatabase(server.url);
    const settings = { url: database.url, poolMax: 4, connectMs: 5_000, statementMs: 10_000 };
    const storage = await openPostgresStorage({ ...settings, log: silentLog });
    t.after(async () => {
      await storage.close();
      await database[Symbol.asyncDispose]();
    });
    return storage;
  };
  for (const contract of contracts) contract(open);
});
