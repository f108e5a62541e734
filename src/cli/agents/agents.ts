import type { JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf } from '../cells.ts';
import { textFlag, UsageError, wordAt, type Command, type CommandInput } from '../command.ts';
import { clientHelp, clientOptions, gatewayClient, type GatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

const path = '/api/v1/chat/agents';

type Action = (input: CommandInput) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { list, publish, examples };

/** Lists and publishes agents, and exports conversations to train models with. */
export const agents: Command = {
  summary: 'List and publish agents; export conversations to train models with.',
  usage: [
    'agents list',
    'agents publish <slug> [--number <version>]',
    'agents examples [--format openai|chatml|sharegpt] [--rated] [--agent <slug>]',
  ],
  options: {
    ...clientOptions,
    number: { type: 'string' },
    format: { type: 'string' },
    rated: { type: 'boolean' },
    agent: { type: 'string' },
  },
  help: {
    ...clientHelp,
    number: 'The version; the draft unless given, an earlier one to go back.',
    format: 'The form of the lines; openai unless given.',
    rated: 'Only conversations with an answer that was called good or corrected.',
    agent: 'Only conversations with this agent.',
  },
  run: async (input) => {
    const [name = ''] = input.words;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw new UsageError(`Use agents ${Object.keys(actions).join(', ')}.`);
    return await action(input);
  },
};

async function list({ flags, terminal }: CommandInput): Promise<number> {
  const answer = await gatewayClient(flags).call('GET', path);
  if (flags['json'] === true) {
    terminal.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const rows = objectsOf(answer, 'agents').map((item) => [
    cell(item, 'slug'),
    cell(item, 'name'),
    cell(item, 'published'),
    cell(item, 'model'),
  ]);
  terminal.out(formatTable([['AGENT', 'NAME', 'PUBLISHED', 'AS A MODEL'], ...rows]));
  return 0;
}

async function publish({ flags, words, terminal }: CommandInput): Promise<number> {
  const client = gatewayClient(flags);
  const slug = wordAt(words, 1, 'the agent: agents publish <slug>');
  const number = textFlag(flags, 'number');
  if (number !== undefined && !/^[1-9]\d{0,8}$/.test(number)) {
    throw new UsageError('--number wants the number of a version.');
  }
  const body: JsonObject = number === undefined ? {} : { number: Number(number) };
  const answer = await client.call('POST', `${path}/${await idOf(client, slug)}/publish`, body);
  const text = `Version ${cell(answer, 'published')} of ${slug} is published.\n`;
  terminal.out(flags['json'] === true ? `${JSON.stringify(answer)}\n` : text);
  return 0;
}

async function examples({ flags, terminal }: CommandInput): Promise<number> {
  const client = gatewayClient(flags);
  const search = new URLSearchParams({ format: textFlag(flags, 'format') ?? 'openai' });
  if (flags['rated'] === true) search.set('rated', 'true');
  const agent = textFlag(flags, 'agent');
  if (agent !== undefined) search.set('agent', await idOf(client, agent));
  for await (const piece of client.stream(`/api/v1/chat/training?${search.toString()}`)) {
    terminal.out(piece);
  }
  return 0;
}

/** The id of the agent of that slug. */
async function idOf(client: GatewayClient, slug: string): Promise<string> {
  const all = objectsOf(await client.call('GET', path), 'agents');
  const found = all.find((one) => one['slug'] === slug);
  if (found === undefined) throw new UsageError(`There is no agent "${slug}".`);
  return encodeURIComponent(cell(found, 'id'));
}
