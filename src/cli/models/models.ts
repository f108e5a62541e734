import type { JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf } from '../cells.ts';
import { textFlags, UsageError, wordAt, type Command, type CommandInput } from '../command.ts';
import { clientHelp, clientOptions, gatewayClient, type GatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';
import { providerBody, providerHelp, providerOptions } from './provider-body.ts';

const path = '/api/v1/models/providers';

type Action = (input: CommandInput) => Promise<number>;

const actions: Readonly<Record<string, Action>> = { list, add, remove, test };

/** Adds, lists and tries the providers of language models of a running gateway. */
export const models: Command = {
  summary: 'Add, list and try providers of language models.',
  usage: [
    'models list',
    'models add <name> --kind <kind> --model <id> [--key-file <file>] [flags]',
    'models test <name> [--model <id>]',
    'models remove <name>',
  ],
  options: { ...clientOptions, ...providerOptions },
  help: { ...clientHelp, ...providerHelp },
  run: async (input) => {
    const [name = ''] = input.words;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw new UsageError(`Use models ${Object.keys(actions).join(', ')}.`);
    return await action(input);
  },
};

async function list({ flags, terminal }: CommandInput): Promise<number> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/models');
  if (flags['json'] === true) {
    terminal.out(`${JSON.stringify(answer)}\n`);
    return 0;
  }
  const rows = objectsOf(answer, 'models').map((item) => [
    cell(item, 'name'),
    item['isDefault'] === true ? 'yes' : '',
    cell(item, 'fallback'),
    cell(item, 'contextTokens'),
    item['isLanguageModel'] === true ? '' : 'a script, no language model',
  ]);
  terminal.out(formatTable([['MODEL', 'DEFAULT', 'FALLBACK', 'CONTEXT', ''], ...rows]));
  return 0;
}

async function add({ flags, words, terminal }: CommandInput): Promise<number> {
  const name = wordAt(words, 1, 'a name: models add <name> --kind <kind> --model <id>');
  const answer = await gatewayClient(flags).call('POST', path, providerBody(name, flags));
  const ids = objectsOf(answer, 'models').map((model) => `${name}/${cell(model, 'id')}`);
  const text = `Added ${ids.join(', ')}; try it with: mcp-gateway models test ${name}\n`;
  terminal.out(flags['json'] === true ? `${JSON.stringify(answer)}\n` : text);
  return 0;
}

async function remove({ flags, words, terminal }: CommandInput): Promise<number> {
  const client = gatewayClient(flags);
  const name = wordAt(words, 1, 'the provider: models remove <name>');
  await client.call('DELETE', await pathOf(client, name));
  terminal.out(`Removed ${name}.\n`);
  return 0;
}

async function test({ flags, words, terminal }: CommandInput): Promise<number> {
  const client = gatewayClient(flags);
  const name = wordAt(words, 1, 'the provider: models test <name>');
  const [model] = textFlags(flags, 'model');
  const body: JsonObject = model === undefined ? {} : { model };
  const answer = await client.call('POST', `${await pathOf(client, name)}/test`, body);
  const isOk = answer['ok'] === true;
  const text = isOk
    ? `${name}/${cell(answer, 'model')} answered in ${cell(answer, 'durationMs')} ms.\n`
    : `${cell(answer, 'problem.text')}\n`;
  terminal.out(flags['json'] === true ? `${JSON.stringify(answer)}\n` : text);
  return isOk ? 0 : 1;
}

/** Where a provider of that name, or id, is. */
async function pathOf(client: GatewayClient, name: string): Promise<string> {
  const all = objectsOf(await client.call('GET', path), 'providers');
  const found = all.find((one) => one['name'] === name || one['id'] === name);
  if (found === undefined) throw new UsageError(`There is no provider "${name}".`);
  return `${path}/${encodeURIComponent(cell(found, 'id'))}`;
}
