import {
  sendJson,
  startHttpFixture,
  type HttpFixture,
  type WireMessage,
} from '../../support/mcp-http/http-fixture.ts';
import { takesTasks } from '../../../src/mcp/tasks-extension.ts';

/** A modern server that makes a task of every call, which works until it is told to end. */
export interface TaskMaker extends HttpFixture {
  /** Completes every task there is; returns when that was, in epoch milliseconds. */
  endAll(): number;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startTaskMaker(): Promise<TaskMaker> {
  const endedAtMs = new Map<string, number | undefined>();
  const resultOf = ({ method, params }: WireMessage): object | undefined => {
    const complete = { resultType: 'complete' };
    switch (method) {
      case 'server/discover':
        return {
          ...complete,
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {}, ...takesTasks },
        };
      case 'tools/list':
        return { ...complete, tools: [{ name: 'job', inputSchema: { type: 'object' } }] };
      case 'tools/call': {
        const taskId = `task-${endedAtMs.size + 1}`;
        endedAtMs.set(taskId, undefined);
        return { resultType: 'task', ...details(taskId, undefined) };
      }
      case 'tasks/get': {
        const taskId = String(params?.['taskId']);
        if (!endedAtMs.has(taskId)) return undefined;
        return { ...complete, ...details(taskId, endedAtMs.get(taskId)) };
      }
      default:
        return undefined;
    }
  };
  const fixture = await startHttpFixture((message, response) => {
    const { id } = message;
    const result = resultOf(message);
    if (result !== undefined) return sendJson(response, 200, { id, result });
    return sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
  });
  return Object.assign(fixture, {
    endAll: () => {
      const nowMs = Date.now();
      for (const taskId of endedAtMs.keys()) endedAtMs.set(taskId, nowMs);
      return nowMs;
    },
  });
}

function details(taskId: string, endedAtMs: number | undefined): object {
  const base = { taskId, ttlMs: 600_000, pollIntervalMs: 100 };
  if (endedAtMs === undefined) return { ...base, status: 'working' };
  const lastUpdatedAt = new Date(endedAtMs).toISOString();
  return { ...base, status: 'completed', lastUpdatedAt, result: { content: [] } };
}
