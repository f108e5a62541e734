import type { HttpFixture } from '../../support/mcp-http/http-fixture.ts';
import { startTaskMaker } from '../support/task-maker.ts';

const TASK_MS = 150;
const done = { resultType: 'complete', content: [{ type: 'text', text: 'done' }] };
const inputRequests = { who: { method: 'elicitation/create', params: { message: 'Who?' } } };
const asking = { resultType: 'input_required', inputRequests, requestState: 's' };

/**
 * Starts a modern server that knows any tool: `ask-…` asks its user first, `job-…` becomes a task
 * that is soon done, every other is done at once.
 */
export function startShopServer(): Promise<HttpFixture> {
  return startTaskMaker({
    workMs: TASK_MS,
    answer: (params) => {
      const name = String(params?.['name']);
      if (name.startsWith('ask-') && params?.['inputResponses'] === undefined) return asking;
      return name.startsWith('job-') ? undefined : done;
    },
  });
}
