import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerServices } from '../../examples/quickstart/register-services.ts';
import { startEverything } from '../../examples/quickstart/start-everything.ts';
import { Children } from '../../examples/support/children.ts';
import { aiSdk } from './clients/ai-sdk.ts';
import { inspector } from './clients/inspector.ts';
import { mcpRemote } from './clients/mcp-remote.ts';
import { openaiAgents } from './clients/openai-agents.ts';
import type { InteropClient } from './interop-client.ts';
import { columns, tryClient, type Row } from './try-client.ts';

const TOTAL_MS = 300_000;

const clients: readonly InteropClient[] = [
  inspector('legacy'),
  inspector('auto'),
  inspector('modern'),
  openaiAgents,
  aiSdk('legacy'),
  aiSdk('auto'),
  mcpRemote('legacy'),
  mcpRemote('auto'),
];

process.exitCode = await interop();

/** Lets every client list and call the tools of the quickstart's services; prints the matrix. */
async function interop(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-interop-'));
  const children = new Children((name) => fail(`${name} ended unexpectedly.`));
  const fail = (reason: string): void => {
    console.error(`interop: ${reason}`);
    children.kill();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  };
  const timer = setTimeout(() => fail(`not done within ${TOTAL_MS} ms.`), TOTAL_MS);
  process.once('SIGINT', () => fail('interrupted.'));
  process.once('SIGTERM', () => fail('interrupted.'));
  try {
    const gateway = await startEverything(children, { port: '0', dataDir: join(folder, 'data') });
    await registerServices(gateway);
    const rows: Row[] = [];
    for (const client of clients) {
      const row = await tryClient(client, gateway, folder);
      rows.push(row);
      console.log(line(row));
    }
    return report(rows);
  } catch (error) {
    console.error(`interop: ${(error as Error).message}`);
    return 1;
  } finally {
    clearTimeout(timer);
    await children.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function line({ client, cells }: Row): string {
  const name = `${client.name} (${client.mode})`.padEnd(30);
  const shown = columns.map((column) => {
    const problem = cells.get(column);
    return `${column} ${problem === undefined ? 'ok' : 'FAILED'}`.padEnd(18);
  });
  return `${name} ${shown.join(' ')}`.trimEnd();
}

function report(rows: readonly Row[]): number {
  const problems = rows.flatMap(({ client, cells }) =>
    columns.flatMap((column) => {
      const problem = cells.get(column);
      return problem === undefined
        ? []
        : [`${client.name} (${client.mode}), ${column}: ${problem}`];
    }),
  );
  for (const problem of problems) console.log(`FAILED ${problem}`);
  const total = rows.length * columns.length;
  console.log(`${total - problems.length} of ${total} cells right.`);
  return problems.length === 0 ? 0 : 1;
}
