import { verifyChain, type AuditVerdict } from '../../audit/verify-chain.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/** What checking one tenant's audit log came to. */
export interface TenantVerdict extends AuditVerdict {
  /** The tenant's name. */
  readonly tenant: string;
}

/** Checks the audit logs of all tenants, reading everything. Rejects with GatewayError. */
export async function verifyAudit(config: Config): Promise<readonly TenantVerdict[]> {
  const storage = await openStorage(config, silentLog);
  try {
    const verdicts: TenantVerdict[] = [];
    for (const { id, name } of await storage.tenants.list()) {
      verdicts.push({ tenant: name, ...(await verifyChain(storage.audit, id)) });
    }
    return verdicts;
  } finally {
    await storage.close();
  }
}
