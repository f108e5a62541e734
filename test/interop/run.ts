import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callApi } from '../../examples/quickstart/call-api.ts';
import {
  startEverything,
  type RunningQuickstart,
} from '../../examples/quickstart/start-everything.ts';
import { Children } from '../../examples/support/children.ts';
import { checkUsage, type Caller } from './check-usage.ts';
import { aiSdk } from './clients/ai-sdk.ts';
import { firstSdkClient } from './clients/first-sdk-client.ts';
import { inspector } from './clients/inspector.ts';
import { mcpRemote } from './clients/mcp-remote.ts';
import { mcpdo } from './clients/mcpdo.ts';
import { openaiAgents } from './clients/openai-agents.ts';
import { sdkClient } from './clients/sdk-client.ts';
import type { InteropClient } from './interop-client.ts';
import { endpoints, type Cell } from './judge.ts';
import { startLibraryApi } from './library-api.ts';
import { heading, matrixRow, printVerdict } from './print-matrix.ts';
import { startServices } from './start-services.ts';
import { tryClient } from './try-client.ts';

const TOTAL_MS = 220_000;
/** Clients tried side by side; most of them wait for processes. */
const LANES = 2;

/** The slow ones first: each of their commands is a process. */
const clients: readonly InteropClient[] = [
  mcpdo('legacy'),
  mcpdo('auto'),
  mcpdo('modern'),
  inspector('legacy'),
  inspector('auto'),
  inspector('modern'),
  mcpRemote('legacy'),
  mcpRemote('auto'),
  openaiAgents,
  aiSdk('legacy'),
  aiSdk('auto'),
  firstSdkClient,
  sdkClient('legacy'),
  sdkClient('auto'),
  sdkClient('modern'),
];

process.exitCode = await interop();

/** Tries every client on every service; prints the matrix and resolves to the exit code. */
async function interop(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'interop-'));
  const givenUp = new AbortController();
  const children = new Children((name) => fail(`${name} ended unexpectedly.`));
  const fail = (reason: string): void => {
    console.error(`interop: ${reason}`);
    givenUp.abort();
    children.kill();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  };
  const timer = setTimeout(() => fail(`not done within ${TOTAL_MS} ms.`), TOTAL_MS);
  process.once('SIGINT', () => fail('interrupted.'));
  process.once('SIGTERM', () => fail('interrupted.'));
  const libraryApi = await startLibraryApi();
  try {
    const gateway = await startEverything(children, { port: '0', dataDir: join(folder, 'data') });
    await startServices(gateway, children, folder, libraryApi.url);
    console.log(heading());
    const { cells, callers } = await tryClients(gateway, folder, givenUp.signal);
    return printVerdict(cells, await checkUsage(gateway, callers)) ? 0 : 1;
  } catch (error) {
    console.error(`interop: ${(error as Error).message}`);
    return 1;
  } finally {
    clearTimeout(timer);
    await children.stop();
    await libraryApi.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryClients(gateway: RunningQuickstart, folder: string, signal: AbortSignal) {
  const cells: Cell[] = [];
  const callers: Caller[] = [];
  let turn = 0;
  const waiting = [...clients];
  const lane = async (): Promise<void> => {
    for (let client = waiting.shift(); client !== undefined; client = waiting.shift()) {
      const label = `${client.name} (${client.mode})`;
      const { id, apiKey } = await callApi(gateway, 'POST', '/api/v1/keys', { name: label });
      const found = await tryClient(client, {
        gatewayUrl: gateway.url,
        apiKey: String(apiKey),
        folder,
        signal,
        nextTurn: () => turn++,
      });
      for (const endpoint of endpoints) {
        console.log(matrixRow(found.filter((cell) => cell.endpoint === endpoint)));
      }
      cells.push(...found);
      const callsMin = found.filter(({ operation }) => operation === 'call').length;
      callers.push({ label, keyId: String(id), era: client.era, callsMin });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { cells, callers };
}
