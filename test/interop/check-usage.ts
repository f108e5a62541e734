import { callApi } from '../../examples/quickstart/call-api.ts';
import { services } from './services.ts';

const ROWS = 500;

interface UsageRecord {
  readonly credentialId: string;
  readonly serviceId: string | null;
  readonly method: string;
  readonly clientEra: string;
  readonly upstreamEra: string | null;
}

/** A client that called, and the era its usage records must name. */
export interface Caller {
  readonly label: string;
  readonly keyId: string;
  readonly era: string;
  /** Calls it made at least. */
  readonly callsMin: number;
}

/** What is wrong with the gateway's usage records: one sentence for each client and service. */
export async function checkUsage(
  gateway: { readonly url: string; readonly apiKey: string },
  callers: readonly Caller[],
): Promise<readonly string[]> {
  const calls = (await readUsage(gateway)).filter(({ method }) => method === 'tools/call');
  const problems: string[] = [];
  for (const { label, keyId, era, callsMin } of callers) {
    const own = calls.filter(({ credentialId }) => credentialId === keyId);
    const other = own.filter(({ clientEra }) => clientEra !== era).length;
    if (own.length < callsMin) problems.push(`${label}: ${own.length} calls recorded`);
    if (other > 0) problems.push(`${label}: ${other} of ${own.length} calls were not ${era}`);
  }
  for (const { slug, era } of services) {
    const { id } = await callApi(gateway, 'GET', `/services/${slug}`);
    const eras = new Set(
      calls.filter(({ serviceId }) => serviceId === id).map((call) => String(call.upstreamEra)),
    );
    if (eras.size !== 1 || !eras.has(era)) {
      problems.push(`${slug}: called as ${[...eras].join(', ')}, not as ${era}`);
    }
  }
  return problems;
}

async function readUsage(gateway: {
  readonly url: string;
  readonly apiKey: string;
}): Promise<readonly UsageRecord[]> {
  const records: UsageRecord[] = [];
  let cursor: unknown = null;
  do {
    const query = new URLSearchParams({ limit: String(ROWS), order: 'oldest' });
    if (typeof cursor === 'string') query.set('cursor', cursor);
    const page = await callApi(gateway, 'GET', `/api/v1/usage?${query.toString()}`);
    records.push(...(page['records'] as readonly UsageRecord[]));
    cursor = page['nextCursor'];
  } while (typeof cursor === 'string');
  return records;
}
