import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mcpHttpConnector } from '../../src/connectors/mcp-http/connector.ts';
import { HttpEgress } from '../../src/egress/http-egress.ts';
import type { UpstreamChange } from '../../src/upstream/contract.ts';
import { sendJson, startHttpFixture, type HttpFixture } from '../support/mcp-http/http-fixture.ts';
import { testContext } from '../support/mcp-stdio/harness.ts';
import { callModern } from '../support/mcp-post.ts';
import { startDoors, type RunningDoors } from '../support/start-doors.ts';
import { until } from '../support/until.ts';

/** A legacy server that has tools of its own in each session, and loses all when restarted. */
interface Growing extends HttpFixture {
  /** What every new session has. */
  tools: string[];
  restart(): void;
}

async function startGrowing(): Promise<Growing> {
  const state = { tools: ['grow'] };
  let sessions = new Map<string, string[]>();
  let opened = 0;
  const fixture = await startHttpFixture(({ id, method, params = {} }, response, request) => {
    const sessionId = String(request.headers['mcp-session-id']);
    const tools = sessions.get(sessionId);
    if (request.method !== 'POST') return response.writeHead(405).end();
    if (method === 'initialize') {
      opened++;
      sessions.set(`s${opened}`, [...state.tools]);
      const serverInfo = { name: 'growing', version: '1' };
      const result = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo };
      return sendJson(response, 200, { id, result }, { 'mcp-session-id': `s${opened}` });
    }
    if (tools === undefined) {
      const error = { code: -32001, message: 'Session not found' };
      return sendJson(response, 404, { id: null, error });
    }
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/list') {
      const listed = tools.map((name) => ({ name, inputSchema: { type: 'object' } }));
      return sendJson(response, 200, { id, result: { tools: listed } });
    }
    const name = String((params as { name?: unknown }).name);
    // What is added is there for every session, whoever's call added it.
    if (name === 'grow') [state.tools, ...sessions.values()].forEach((own) => own.push('grown'));
    return sendJson(response, 200, { id, result: { content: [{ type: 'text', text: name }] } });
  });
  const restart = (): void => {
    sessions = new Map();
  };
  return Object.assign(state, fixture, { restart });
}

describe('a tool that a legacy server adds', () => {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  let server: Growing;
  let doors: RunningDoors;
  before(async () => {
    server = await startGrowing();
    doors = await startDoors();
    const context = {
      ...testContext(),
      egress,
      changed: (change: UpstreamChange) => doors.report('up', change),
    };
    const config = mcpHttpConnector.config.parse({ url: server.url });
    await doors.add('up', await mcpHttpConnector.open(config, context));
  });
  after(async () => {
    await doors[Symbol.asyncDispose]();
    await egress[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const listed = async (): Promise<string> =>
    JSON.stringify((await callModern(`${doors.url}/mcp`, 'tools/list')).body);
  const called = async (name: string): Promise<string> =>
    JSON.stringify((await callModern(`${doors.url}/mcp`, 'tools/call', { name })).body);

  it('is called by whom it was listed to, though nothing announced it', async () => {
    assert.match(await called('up__grow'), /"text":"grow"/);
    assert.match(await listed(), /up__grown/);
    assert.match(await called('up__grown'), /"text":"grown"/);
  });

  it('is announced, listed and called after a restart that lost the sessions', async () => {
    const told: string[] = [];
    const undo = doors.bus.on('catalog.changed', ({ lists }) => told.push(...lists));
    server.tools = ['grow', 'after'];
    server.restart();
    assert.match(await called('up__grow'), /"text":"grow"/);
    await until(() => told.includes('tools'));
    undo();
    assert.match(await listed(), /up__after/);
    assert.match(await called('up__after'), /"text":"after"/);
  });
});
