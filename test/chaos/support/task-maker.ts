import {
  sendJson,
  startHttpFixture,
  type HttpFixture,
  type WireMessage,
} from '../../support/mcp-http/http-fixture.ts';
import { takesTasks } from '../../../src/mcp/tasks-extension.ts';

/** A modern server that makes a task of every call, which works until it is over. */
export interface TaskMaker extends HttpFixture {
  /** Completes every task there is; returns when that was, in epoch milliseconds. */
  endAll(): number;
}

/** What a server does otherwise. */
export interface TaskMakerOptions {
  /** How long tasks work; until they are told to end when absent. */
  readonly workMs?: number;
  /** Answers a call that becomes no task; undefined for one that does. */
  readonly answer?: (params: WireMessage['params']) => object | undefined;
}

const complete = { resultType: 'complete' };

/** Starts the server on a free port of 127.0.0.1; it lists the tool `job` and knows any. */
export async function startTaskMaker(options: TaskMakerOptions = {}): Promise<TaskMaker> {
  const { workMs = Infinity, answer } = options;
  const endsAtMs = new Map<string, number>();
  const resultOf = ({ method, params }: WireMessage): object | undefined => {
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
        const answered = answer?.(params);
        if (answered !== undefined) return answered;
        const taskId = `task-${endsAtMs.size + 1}`;
        const endMs = Date.now() + workMs;
        endsAtMs.set(taskId, endMs);
        return { resultType: 'task', ...details(taskId, endMs) };
      }
      case 'tasks/get': {
        const taskId = String(params?.['taskId']);
        const endMs = endsAtMs.get(taskId);
        return endMs === undefined ? undefined : { ...complete, ...details(taskId, endMs) };
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
      for (const taskId of endsAtMs.keys()) endsAtMs.set(taskId, nowMs);
      return nowMs;
    },
  });
}

function details(taskId: string, endMs: number): object {
  const base = { taskId, ttlMs: 600_000, pollIntervalMs: 100 };
  if (Date.now() < endMs) return { ...base, status: 'working' };
  const lastUpdatedAt = new Date(endMs).toISOString();
  return { ...base, status: 'completed', lastUpdatedAt, result: { content: [] } };
}
