import { callApi } from './call-api.ts';

const QUESTION = 'Which products can I order?';
const ANSWER_CHARACTERS = 400;

/** A chat as it went. */
export interface ShownChat {
  /** What a person reads. */
  readonly text: string;
  /** What is wrong with it; undefined when it is right. */
  readonly problem: string | undefined;
}

interface Money {
  readonly amount: string;
  readonly currency: string;
}

interface ChatAnswer {
  readonly answer: string;
  readonly stop_reason: string | null;
  readonly tool_calls: readonly {
    readonly tool: string;
    readonly arguments: unknown;
    readonly status: string;
    readonly duration_ms: number;
    readonly cost: Money | null;
  }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  readonly cost: { readonly amounts: readonly Money[] };
}

/** Asks a question that the built-in demo answers by a tool: a whole run without any network. */
export async function showChat(gateway: {
  readonly url: string;
  readonly apiKey: string;
}): Promise<ShownChat> {
  const body = { message: QUESTION, model: 'demo/demo' };
  const said = (await callApi(gateway, 'POST', '/chat', body)) as unknown as ChatAnswer;
  const calls = said.tool_calls.map((call) => {
    const cost = call.cost === null ? '' : `, ${call.cost.amount} ${call.cost.currency}`;
    const took = `${call.status}, ${call.duration_ms} ms${cost}`;
    return `  step 1  ${call.tool} ${JSON.stringify(call.arguments)}: ${took}`;
  });
  const { input_tokens: read, output_tokens: written } = said.usage;
  const models = said.cost.amounts.map(({ amount, currency }) => `${amount} ${currency}`);
  const text = [
    'A chat over the same services, offline. The built-in demo answers, no language model:',
    'it picks a tool by the words of the question. See docs/guide/models.md for a real one.',
    '',
    `> ${QUESTION}`,
    ...calls,
    `  step 2  the answer; ${read} tokens in, ${written} out, for the model ${models.join(', ')}`,
    ...shortened(said.answer)
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${line}`)),
    '',
  ].join('\n');
  return { text, problem: problemOf(said) };
}

function shortened(text: string): string {
  return text.length <= ANSWER_CHARACTERS ? text : `${text.slice(0, ANSWER_CHARACTERS)} …`;
}

function problemOf({ answer, stop_reason, tool_calls }: ChatAnswer): string | undefined {
  const [call] = tool_calls;
  if (stop_reason !== 'done') return `it ended with ${stop_reason}`;
  if (call?.tool !== 'orders__listProducts' || call.status !== 'ok') return 'no tool answered';
  if (!answer.includes('green-tea')) return 'its answer lacks the products';
  return answer.includes('no language model') ? undefined : 'it does not say what it is';
}
