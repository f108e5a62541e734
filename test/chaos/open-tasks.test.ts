import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { takesTasks } from '../../src/mcp/tasks-extension.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../support/mcp-http/modern-http-server.ts';
import { envelope, modernHeaders, post } from '../support/mcp-post.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';
import { within } from '../cluster/support/within.ts';
import { callApi, register } from './support/gateway-calls.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { startTaskMaker, type TaskMaker } from './support/task-maker.ts';

const programs = findPostgres();
const WORKED_MS = 300;
const READY_MS = 20_000;
const POLLS = 5;
/** Open tasks are looked at twice a minute. */
const CLOSED_MS = 45_000;

interface UsedCall {
  readonly chargeKey: string;
  readonly tool: string;
  readonly outcome: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
}

const engines = [
  { engine: 'the database of every test', skip: false, isOwnServer: false },
  {
    engine: 'PostgreSQL',
    skip: programs === undefined ? 'PostgreSQL is not installed' : false,
    isOwnServer: true,
  },
];

/** Both at once: most of their time goes by until open tasks are looked at again. */
describe('calls that became tasks before a kill -9', { concurrency: true }, () => {
  for (const { engine, skip, isOwnServer } of engines) {
    describe(`with ${engine}`, { skip }, () => {
      let server: PostgresServer | undefined;
      let maker: TaskMaker;
      let plain: ModernHttpServer;
      let gateway: GatewayProcess;
      before(async () => {
        maker = await startTaskMaker();
        plain = await startModernHttpServer();
        if (isOwnServer) server = await startPostgres(programs ?? '');
        const environment = server === undefined ? {} : { MCP_GATEWAY_DATABASE_URL: server.url };
        gateway = await GatewayProcess.start(environment);
        await register(gateway, 'maker', 'mcp-http', { url: maker.url, era: 'modern' });
        await register(gateway, 'plain', 'mcp-http', { url: plain.url, era: 'modern' });
      });
      after(async () => {
        await gateway?.[Symbol.asyncDispose]();
        await server?.[Symbol.asyncDispose]();
        await maker?.[Symbol.asyncDispose]();
        await plain?.[Symbol.asyncDispose]();
      });

      it('are closed once each, asked for or not, with their real end', async () => {
        const polled = await startTask(gateway, 'maker', 'job');
        const forgotten = await startTask(gateway, 'maker', 'job');
        await startTask(gateway, 'plain', 'never');
        await gateway.kill();
        await sleep(WORKED_MS);
        await gateway.start();
        await untilReady(gateway);
        assert.equal(await statusOf(gateway, polled), 'working');
        const endedAtMs = maker.endAll();
        for (let poll = 0; poll < POLLS; poll++) {
          assert.equal(await statusOf(gateway, polled), 'completed');
        }

        const begun = (await usedCalls(gateway)).filter(({ outcome }) => outcome === 'task');
        assert.equal(begun.length, 3);
        await untilClosed(gateway, begun.length);
        for (const taskId of [polled, forgotten]) {
          assert.equal(await statusOf(gateway, taskId), 'completed');
        }
        const ends = (await usedCalls(gateway)).filter(({ outcome }) => outcome !== 'task');
        assert.deepEqual(chargeKeys(ends), chargeKeys(begun));
        for (const end of ends) {
          const start = begun.find(({ chargeKey }) => chargeKey === end.chargeKey);
          assert.equal(end.startedAtMs, start?.startedAtMs);
          assert.equal(end.durationMs, end.endedAtMs - end.startedAtMs);
          assert.ok(end.durationMs > WORKED_MS);
          if (end.tool === 'job') assert.equal(end.endedAtMs, endedAtMs);
          assert.equal(end.outcome, end.tool === 'job' ? 'ok' : 'unknown_crash');
        }
      });
    });
  }
});

/** The calls' own records and those that close them, not the questions about tasks. */
async function usedCalls(gateway: GatewayProcess): Promise<readonly UsedCall[]> {
  const { records } = await callApi(gateway, 'GET', '/api/v1/usage?limit=500&order=oldest');
  return (records as unknown as (UsedCall & { readonly method: string })[]).filter(
    ({ method }) => method === 'tools/call',
  );
}

async function untilReady(gateway: GatewayProcess): Promise<void> {
  await within(READY_MS, 'every service is ready', async () => {
    const { services } = await callApi(gateway, 'GET', '/api/v1/services');
    const listed = services as readonly JsonObject[];
    return listed.every((one) => objectMember(one, 'health')?.['state'] === 'ready');
  });
}

async function untilClosed(gateway: GatewayProcess, calls: number): Promise<void> {
  await within(CLOSED_MS, 'every task is closed', async () => {
    return (await usedCalls(gateway)).length >= 2 * calls;
  });
}

const chargeKeys = (calls: readonly UsedCall[]): readonly string[] =>
  calls.map(({ chargeKey }) => chargeKey).toSorted();

/** Calls a tool of which a task is made; resolves to the task's id. */
async function startTask(gateway: GatewayProcess, slug: string, name: string): Promise<string> {
  const result = await ask(gateway, slug, 'tools/call', { name, arguments: {} });
  assert.equal(result['resultType'], 'task', JSON.stringify(result));
  return stringMember(result, 'taskId') ?? '';
}

async function statusOf(gateway: GatewayProcess, taskId: string): Promise<unknown> {
  return (await ask(gateway, 'maker', 'tasks/get', { taskId }))['status'];
}

async function ask(
  { url, apiKey }: GatewayProcess,
  slug: string,
  method: string,
  params: JsonObject,
): Promise<JsonObject> {
  const name = stringMember(params, 'name') ?? stringMember(params, 'taskId');
  const headers = { ...modernHeaders(method, name), authorization: `Bearer ${apiKey}` };
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: { ...params, _meta: envelope(takesTasks) },
  };
  const answer = await post(`${url}/mcp/${slug}`, body, headers);
  const result = objectMember(answer.body, 'result');
  assert.ok(result !== undefined, JSON.stringify(answer.body));
  return result;
}
