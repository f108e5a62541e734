import { takesTasks } from '../../../src/mcp/tasks-extension.ts';
import {
  sendJson,
  startHttpFixture,
  type HttpFixture,
  type WireMessage,
} from '../../support/mcp-http/http-fixture.ts';

const TASK_MS = 150;
const complete = { resultType: 'complete' };
const done = { ...complete, content: [{ type: 'text', text: 'done' }] };
const inputRequests = { who: { method: 'elicitation/create', params: { message: 'Who?' } } };

/**
 * Starts a modern server that knows any tool: `ask-…` asks its user first, `job-…` becomes a task
 * that is soon done, every other is done at once.
 */
export async function startShopServer(): Promise<HttpFixture> {
  const startedMs = new Map<string, number>();
  const resultOf = ({ method, params }: WireMessage): object | undefined => {
    switch (method) {
      case 'server/discover':
        return {
          ...complete,
          supportedVersions: ['2026-07-28'],
          capabilities: { tools: {}, ...takesTasks },
        };
      case 'tools/list':
        return { ...complete, tools: [{ name: 'work', inputSchema: { type: 'object' } }] };
      case 'tools/call':
        return callOf(String(params?.['name']), params?.['inputResponses'], startedMs);
      case 'tasks/get':
        return taskOf(String(params?.['taskId']), startedMs);
      default:
        return undefined;
    }
  };
  return await startHttpFixture((message, response) => {
    const { id } = message;
    const result = resultOf(message);
    if (result !== undefined) sendJson(response, 200, { id, result });
    else sendJson(response, 404, { id, error: { code: -32601, message: 'unknown' } });
  });
}

function callOf(name: string, answers: unknown, startedMs: Map<string, number>): object {
  if (name.startsWith('ask-') && answers === undefined) {
    return { resultType: 'input_required', inputRequests, requestState: 's' };
  }
  if (!name.startsWith('job-')) return done;
  const taskId = `task-${startedMs.size + 1}`;
  startedMs.set(taskId, Date.now());
  return { resultType: 'task', taskId, ttlMs: 600_000, pollIntervalMs: 100, status: 'working' };
}

function taskOf(taskId: string, startedMs: ReadonlyMap<string, number>): object | undefined {
  const started = startedMs.get(taskId);
  if (started === undefined) return undefined;
  const task = { ...complete, taskId, ttlMs: 600_000, pollIntervalMs: 100 };
  if (Date.now() < started + TASK_MS) return { ...task, status: 'working' };
  const lastUpdatedAt = new Date(started + TASK_MS).toISOString();
  return { ...task, status: 'completed', lastUpdatedAt, result: { content: [] } };
}
