import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { silentLog } from '../../src/kernel/log.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';
import { makeDatabase, type TestDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { auditContract } from './contract/audit-contract.ts';
import { chatContract } from './contract/chat-contract.ts';
import { conversationsContract } from './contract/conversation-contract.ts';
import { catalogContract } from './contract/catalog-contract.ts';
import type { OpenEmpty } from './contract/fixtures.ts';
import { invoiceContract } from './contract/invoice-contract.ts';
import { ledgerContract } from './contract/ledger-contract.ts';
import { guardContract } from './contract/guard-contract.ts';
import { certificateContract } from './contract/certificate-contract.ts';
import { identityContract } from './contract/identity-contract.ts';
import { costContract } from './contract/cost-contract.ts';
import { statementContract } from './contract/statement-contract.ts';
import { planContract } from './contract/plan-contract.ts';
import { policyContract } from './contract/policy-contract.ts';
import { poolContract } from './contract/pool-contract.ts';
import { rollupContract } from './contract/rollup-contract.ts';
import { rolesContract } from './contract/roles-contract.ts';
import { retentionContract } from './contract/retention-contract.ts';
import { oauthContract } from './contract/oauth-contract.ts';
import { sessionContract } from './contract/session-contract.ts';
import { sharedTruthContract } from './contract/shared-truth-contract.ts';
import { signInContract } from './contract/sign-in-contract.ts';
import { ssoContract } from './contract/sso-contract.ts';
import { tokenContract } from './contract/token-contract.ts';
import { privacyContract } from './contract/privacy-contract.ts';
import { usageContract } from './contract/usage-contract.ts';
import { vaultContract } from './contract/vault-contract.ts';
import { versionContract } from './contract/version-contract.ts';
import { agentContract } from './contract/agent-contract.ts';
import { trainingContract } from './contract/training-contract.ts';
import { evaluationContract } from './contract/evaluation-contract.ts';
import { modelContract } from './contract/model-contract.ts';
import { toolUseContract } from './contract/tool-use-contract.ts';
import { exportedContract } from './contract/exported-contract.ts';
import { exporterContract } from './contract/exporter-contract.ts';
import { outboxContract } from './contract/outbox-contract.ts';
import { webhookContract } from './contract/webhook-contract.ts';

/** Every store on every engine: what one does, the other does. */
const contracts = [
  invoiceContract,
  ledgerContract,
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
  planContract,
  poolContract,
  privacyContract,
  costContract,
  rollupContract,
  webhookContract,
  statementContract,
  outboxContract,
  exporterContract,
  exportedContract,
  modelContract,
  agentContract,
  evaluationContract,
  trainingContract,
  chatContract,
  conversationsContract,
  toolUseContract,
];

describe('stores on SQLite', () => {
  // Migrated once and copied: making every table takes longer than most tests.
  const migrated = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
  before(async () => (await openSqliteStorage({ dataDir: migrated, log: silentLog })).close());
  after(() => rmSync(migrated, { recursive: true }));
  const open: OpenEmpty = async (t) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
    cpSync(migrated, dataDir, { recursive: true });
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
  let migrated: TestDatabase;
  const settingsOf = ({ url }: TestDatabase) => {
    return { url, poolMax: 4, connectMs: 5_000, statementMs: 10_000, log: silentLog };
  };
  before(async () => {
    server = await startPostgres(programs ?? '');
    migrated = await makeDatabase(server.url);
    await (await openPostgresStorage(settingsOf(migrated))).close();
  });
  after(() => server[Symbol.asyncDispose]());
  const open: OpenEmpty = async (t) => {
    const database = await makeDatabase(server.url, migrated);
    const storage = await openPostgresStorage(settingsOf(database));
    t.after(async () => {
      await storage.close();
      await database[Symbol.asyncDispose]();
    });
    return storage;
  };
  for (const contract of contracts) contract(open);
});
