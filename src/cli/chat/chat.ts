import { stringMember } from '../../kernel/json.ts';
import { textFlag, UsageError, type Command, type CommandInput } from '../command.ts';
import { clientHelp, clientOptions, gatewayClient } from '../gateway-client.ts';
import { ChatLines, type LineStreams } from './chat-lines.ts';
import { promptChat } from './chat-prompt.ts';
import { ChatTalk } from './chat-talk.ts';
import { shownText } from './shown-text.ts';

const QUESTION_CHARACTERS_MAX = 100_000;

/** Talks to a running gateway, at a prompt or one question through a pipe. */
export const chat: Command = {
  summary: 'Talk to a running gateway, over every service that you may use.',
  usage: ['chat [flags]', 'chat <question> [flags]', 'echo <question> | mcp-gateway chat'],
  options: { ...clientOptions, model: { type: 'string' } },
  help: { ...clientHelp, model: 'The model that answers, provider/model; else the default.' },
  run: async (input) =>
    await runChat(input, {
      input: process.stdin,
      output: process.stdout,
      isTerminal: process.stdin.isTTY && process.stdout.isTTY,
    }),
};

/** The same, where a person types elsewhere. Resolves to the exit code. */
export async function runChat(input: CommandInput, streams: LineStreams): Promise<number> {
  const { flags, words } = input;
  const client = gatewayClient(flags);
  const model = textFlag(flags, 'model');
  if (words.length > 0 || !streams.isTerminal) {
    const question = words.length > 0 ? words.join(' ') : await readAll(streams.input);
    if (question.trim() === '') throw new UsageError('Give a question: chat <question>.');
    return await askOnce(input, question, { client, model });
  }
  using lines = new ChatLines(streams);
  const write = (text: string): void => void streams.output.write(text);
  const sinks = { said: write, aside: write };
  const talk = new ChatTalk({ client, sinks, ask: (prompt) => lines.ask(prompt) }, model);
  write(`${client.url}; /help lists what else there is.\n`);
  await promptChat({ client, talk, lines, write });
  return 0;
}

/** One question: its answer on stdout, all else on stderr. Nobody can be asked, so it says no. */
async function askOnce(
  { flags, terminal }: CommandInput,
  question: string,
  {
    client,
    model,
  }: Pick<ConstructorParameters<typeof ChatTalk>[0], 'client'> & {
    readonly model: string | undefined;
  },
): Promise<number> {
  const aside = (text: string): void => terminal.error(text);
  const ask = (prompt: string): Promise<undefined> => {
    aside(`${prompt}\nno: nobody can be asked here; use mcp-gateway chat at a terminal.\n`);
    return Promise.resolve(undefined);
  };
  const talk = new ChatTalk({ client, sinks: { said: undefined, aside }, ask }, model);
  const stop = (): void => void talk.stop().catch(() => {});
  process.on('SIGINT', stop);
  try {
    const answer = await talk.say(question);
    const said = shownText(stringMember(answer, 'answer') ?? '');
    if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
    else if (said !== '') terminal.out(said.endsWith('\n') ? said : `${said}\n`);
    return answer['stop_reason'] === 'done' ? 0 : 1;
  } finally {
    process.off('SIGINT', stop);
  }
}

async function readAll(input: LineStreams['input']): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > QUESTION_CHARACTERS_MAX) throw new UsageError('The question is too long.');
  }
  return text.trim();
}
