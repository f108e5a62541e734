import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { UserFolder } from './user-folder.ts';

/** What a gateway started by npx did, times from the start of npx. */
export interface ServedCalls {
  readonly listeningMs: number;
  readonly answeredMs: number;
  /** The content of each call's result as JSON. */
  readonly texts: readonly string[];
  /** The status of a file that the pages under /docs load from a dependency. */
  readonly docsStatus: number;
}

interface ToolCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** Runs `npx mcp-gateway serve` in the folder, calls tools, and ends it in order. */
export async function serveAndCall(
  user: UserFolder,
  flags: readonly string[],
  calls: readonly ToolCall[],
): Promise<ServedCalls> {
  const startedMs = performance.now();
  const since = (): number => Math.round(performance.now() - startedMs);
  const words = ['serve', '--port', '0', '--log-format', 'json', '--with-parent', ...flags];
  const gateway = user.start('npx', 'mcp-gateway', ...words);
  const exited = once(gateway, 'exit');
  try {
    const { url, apiKey } = await announced(gateway);
    const listeningMs = since();
    await servicesReady(url);
    const headers = { authorization: `Bearer ${apiKey}` };
    const client = new Client(
      { name: 'user', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }),
    );
    const texts: string[] = [];
    let answeredMs = 0;
    for (const call of calls) {
      const { content } = await client.callTool(call);
      texts.push(JSON.stringify(content));
      answeredMs ||= since();
    }
    await client.close();
    const { status: docsStatus } = await fetch(`${url}/docs/assets/swagger-ui.css`);
    return { listeningMs, answeredMs, texts, docsStatus };
  } finally {
    gateway.stdin?.end();
    await exited;
  }
}

/** Declared services are opened while the gateway already listens. */
async function servicesReady(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/health`);
    const { services } = (await answer.json()) as {
      readonly services: { readonly ready: number; readonly starting: number };
    };
    if (services.starting === 0 && services.ready > 0) return;
    await sleep(20);
  }
}

async function announced(gateway: ChildProcess): Promise<{ url: string; apiKey: string }> {
  if (gateway.stdout === null) throw new Error('The gateway has no standard output.');
  let said = '';
  gateway.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  let apiKey = '';
  for await (const line of createInterface({ input: gateway.stdout })) {
    const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (entry['event'] === 'first_admin') apiKey = String(entry['apiKey']);
    if (entry['event'] !== 'gateway.listening') continue;
    gateway.stdout.resume();
    return { url: String(entry['url']), apiKey };
  }
  throw new Error(`The gateway ended before it listened: ${said}`);
}
