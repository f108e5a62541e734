import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { measureInvoices, type InvoiceRun } from './measure-invoices.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';

const USAGE = `npm run bench:invoices [-- <tenants>]

Closes a month of so many tenants (1000 unless said), makes their invoices and makes them final, on
a database file of the embedded engine. Ends with 1 when that takes longer than a minute.
`;

const MOST_SECONDS = 60;

async function main(): Promise<number> {
  const [said = '1000'] = process.argv.slice(2);
  const tenants = Number(said);
  if (!Number.isInteger(tenants) || tenants < 1) {
    process.stdout.write(USAGE);
    return 2;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-invoices-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  try {
    const run = await measureInvoices(storage, tenants, limits.billingGraceMs);
    process.stdout.write(report(run));
    return run.closeSeconds + run.draftSeconds + run.finalSeconds <= MOST_SECONDS ? 0 : 1;
  } finally {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  }
}

function report(run: InvoiceRun): string {
  const all = run.closeSeconds + run.draftSeconds + run.finalSeconds;
  const seconds = (value: number): string => `${value.toFixed(1)} s`;
  return [
    `tenants                ${run.tenants}`,
    `charges                ${run.charges}`,
    `invoices, lines        ${run.invoices}, ${run.lines}`,
    `closing the month      ${seconds(run.closeSeconds)}`,
    `making drafts          ${seconds(run.draftSeconds)}`,
    `making them final      ${seconds(run.finalSeconds)}`,
    `together               ${seconds(all)} of at most ${MOST_SECONDS} s`,
    '',
  ].join('\n');
}

process.exitCode = await main();
