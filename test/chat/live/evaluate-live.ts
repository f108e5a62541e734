import { callApi } from '../../../examples/quickstart/call-api.ts';
import { startModernServer } from '../../../examples/modern-server/start-modern-server.ts';
import { startOrdersApi } from '../../../examples/orders-api/start-orders-api.ts';
import { startGateway, type RunningGateway } from '../../support/start-gateway.ts';
import { liveProvider, type Environment, type LiveProvider } from './live-provider.ts';
import { liveQuestions, type LiveQuestion } from './live-questions.ts';

const ANSWER_CHARACTERS = 160;
const ANSWERED_MS = 180_000;
const LOOK_MS = 250;

interface ChatAnswer {
  readonly run_id: string;
  readonly status: string;
  readonly answer: string;
  readonly tool_calls: readonly { readonly tool: string; readonly status: string }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  readonly cost: {
    readonly amounts: readonly { readonly amount: string; readonly currency: string }[];
    readonly unpriced: boolean;
  };
  readonly stop_reason: string | null;
  readonly error: { readonly message: string } | null;
  readonly waiting: readonly { readonly id: string }[];
}

/**
 * Asks a real model the questions over the example services, through a gateway of its own, and
 * writes what came of each. Resolves to the exit code: 0 all right or not run, 1 something wrong.
 */
export async function evaluateLive(
  environment: Environment,
  write: (line: string) => void,
): Promise<number> {
  const provider = liveProvider(environment);
  if (provider === undefined) {
    write('not run: there is no key of a model provider. Set OPENAI_API_KEY or ANTHROPIC_API_KEY,');
    write('or EVAL_LIVE_BASE_URL of a server that speaks OpenAI’s API; see docs/guide/models.md.');
    return 0;
  }
  const orders = await startOrdersApi({ port: 0, file: ':memory:' });
  const rooms = await startModernServer({ port: 0 });
  const gateway = await startGateway();
  try {
    const register = (body: Readonly<Record<string, unknown>>) =>
      callApi(gateway, 'POST', '/register-service', body);
    const document = `${orders.url}/openapi.json`;
    await register({ slug: 'orders', title: 'Orders', openapi: document });
    await register({ slug: 'rooms', title: 'Rooms', url: `${rooms.url}/mcp` });
    await callApi(gateway, 'POST', '/api/v1/models/providers', bodyOf(provider));
    write(`${provider.settings.kind}, ${provider.model.id}: ${liveQuestions.length} questions`);
    let right = 0;
    for (const question of liveQuestions) {
      if (await tell(gateway, question, provider, write)) right += 1;
    }
    write(`${right} of ${liveQuestions.length} right`);
    return right === liveQuestions.length ? 0 : 1;
  } finally {
    await gateway.stop();
    await Promise.all([orders.close(), rooms.close()]);
  }
}

function bodyOf({ settings, key, model }: LiveProvider): Readonly<Record<string, unknown>> {
  const models = [{ ...model, isDefault: true }];
  return { name: 'live', settings, models, ...(key === undefined ? {} : { key }) };
}

/** Asks one question and writes what came of it; whether it was right. */
async function tell(
  gateway: RunningGateway,
  question: LiveQuestion,
  provider: LiveProvider,
  write: (line: string) => void,
): Promise<boolean> {
  const said = await ask(gateway, question, provider);
  const wrong = wrongWith(question, said);
  const tools = said.tool_calls.map(({ tool, status }) => `${tool} (${status})`);
  const amounts = said.cost.amounts.map(({ amount, currency }) => `${amount} ${currency}`);
  const cost = said.cost.unpriced ? 'unpriced' : amounts.join(' + ');
  write('');
  write(`${wrong === undefined ? 'right' : 'WRONG'}  ${question.id}: ${question.text}`);
  write(`       tools: ${tools.join(', ') || 'none'}`);
  write(`       says:  ${said.answer.replaceAll(/\s+/g, ' ').slice(0, ANSWER_CHARACTERS)}`);
  write(`       ${said.usage.input_tokens} tokens in, ${said.usage.output_tokens} out; ${cost}`);
  if (wrong !== undefined) write(`       wrong: ${wrong}`);
  return wrong === undefined;
}

/** Asks, and approves whatever asks for it. */
async function ask(
  gateway: RunningGateway,
  { text }: LiveQuestion,
  { cost }: LiveProvider,
): Promise<ChatAnswer> {
  const limits = { steps: 8, seconds: 120, ...(cost && { cost }) };
  const headers = { authorization: `Bearer ${gateway.apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${gateway.url}/chat`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ message: text, limits }),
    signal: AbortSignal.timeout(ANSWERED_MS),
  });
  if (!response.ok) throw new Error(`POST /chat: ${response.status} ${await response.text()}`);
  let said = (await response.json()) as ChatAnswer;
  const untilMs = Date.now() + ANSWERED_MS;
  while (said.status !== 'finished' && Date.now() < untilMs) {
    const path = `/chat/runs/${said.run_id}`;
    if (said.status === 'waiting') {
      const answers = said.waiting.map(({ id }) => ({ id, approve: true }));
      await callApi(gateway, 'POST', `${path}/answers`, { answers });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    said = (await callApi(gateway, 'GET', path)) as unknown as ChatAnswer;
  }
  return said;
}

/** What is wrong with an answer; undefined when it is right. */
export function wrongWith(
  { mustCall, mayCall = [], says }: LiveQuestion,
  {
    answer,
    stop_reason,
    tool_calls,
    error,
  }: Pick<ChatAnswer, 'answer' | 'stop_reason' | 'tool_calls' | 'error'>,
): string | undefined {
  if (stop_reason !== 'done') return `it ended with ${stop_reason}: ${error?.message ?? ''}`;
  const called = tool_calls.map(({ tool }) => tool);
  const missing = mustCall.filter((tool) => !called.includes(tool));
  if (missing.length > 0) return `it did not call ${missing.join(', ')}`;
  const foreign = called.filter((tool) => !mustCall.includes(tool) && !mayCall.includes(tool));
  if (foreign.length > 0) return `it called ${foreign.join(', ')}`;
  return says.test(answer) ? undefined : `its answer does not say ${says}`;
}
