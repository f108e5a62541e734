import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Cancellation } from '../../../src/kernel/cancellation.ts';
import { RpcError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../../src/mcp/message.ts';
import type {
  ConnectorContext,
  Upstream,
  UpstreamChange,
  UpstreamRequest,
} from '../../../src/upstream/contract.ts';
import { createMcpStdioConnector } from '../../../src/connectors/mcp-stdio/connector.ts';
import type { StdioConfig } from '../../../src/connectors/mcp-stdio/stdio-config.ts';
import { repeatByTimer } from '../repeat-by-timer.ts';
import { callerOf } from '../../../src/upstream/upstream.ts';

/** A connector context that keeps what it is told. */
export interface TestContext extends ConnectorContext {
  readonly changes: UpstreamChange[];
}

/** The path of a fixture. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

const noNetwork = (): Promise<never> => Promise.reject(new Error('no network in this test'));

/** What a connector gets in a test. */
export function testContext(secrets: Readonly<Record<string, string>> = {}): TestContext {
  const changes: UpstreamChange[] = [];
  return {
    changes,
    serviceId: 'svc_test',
    caller: callerOf('ten_1', 'service'),
    slug: 'test',
    signal: new AbortController().signal,
    egress: { request: noNetwork, connect: noNetwork, openWebSocket: noNetwork },
    secret: (name) => Promise.resolve(secrets[name] ?? ''),
    log: silentLog,
    repeat: repeatByTimer,
    changed: (change) => changes.push(change),
  };
}

/** Opens a node script, by default of this folder, as a stdio upstream. */
export async function openFixture(
  script: string,
  args: readonly string[] = [],
  more: Partial<StdioConfig> = {},
  probeMs?: number,
): Promise<{ readonly context: TestContext; readonly upstream: Upstream }> {
  const context = testContext();
  const connector = createMcpStdioConnector({ PATH: '/usr/bin:/bin' }, probeMs);
  const file = script.startsWith('/') ? script : fixturePath(script);
  const config = {
    command: process.execPath,
    args: [file, ...args],
    env: {},
    era: 'auto',
    isolation: 'caller',
    idleMs: 600_000,
    ...more,
  } as const;
  return { context, upstream: await connector.open(config, context) };
}

/** The client's end of one exchange; keeps notifications in `seen`. */
export function testIo(seen: McpNotification[] = []): ExchangeIo {
  return {
    cancellation: new Cancellation(),
    deadlineMs: Date.now() + 60_000,
    get notified() {
      return seen.length;
    },
    notify: (notification) => {
      seen.push(notification);
      return undefined;
    },
  };
}

/** A tools/call as the gateway sends it. */
export function toolCall(
  name: string,
  args: JsonObject = {},
  capabilities: JsonObject = {},
  more: JsonObject = {},
): UpstreamRequest {
  return {
    method: 'tools/call',
    params: { name, arguments: args, ...more },
    client: { era: 'modern', protocolVersion: '2026-07-28', capabilities },
    wantsProgress: false,
    caller: callerOf('t', 'c'),
  };
}

/** The first text of a complete tool result. */
export function toolText(outcome: McpOutcome): string {
  assert.equal(outcome.resultType, 'complete');
  const content = outcome.result.value['content'] as readonly { readonly text: string }[];
  return content[0]?.text ?? '';
}

/** Asserts that work fails with an upstream's JSON-RPC error of this code. */
export async function rejectsWith(work: Promise<unknown>, rpcCode: number): Promise<void> {
  await assert.rejects(work, (error) => error instanceof RpcError && error.rpcCode === rpcCode);
}
