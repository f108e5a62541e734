import type { JsonObject } from '../kernel/json.ts';
import { cell, objectsOf } from './cells.ts';
import { UsageError, wordAt, type Command, type CommandInput } from './command.ts';
import { clientHelp, clientOptions, gatewayClient } from './gateway-client.ts';
import { registrationBody, registrationHelp, registrationOptions } from './registration-body.ts';
import { formatTable } from './table.ts';

type Action = (input: CommandInput) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  list,
  show,
  add,
  remove,
  enable: (input) => change(input, 'enable'),
  disable: (input) => change(input, 'disable'),
  refresh: (input) => change(input, 'refresh'),
};

/** Registers, lists and changes the services of a running gateway. */
export const service: Command = {
  summary: 'Register, list and change services.',
  usage: [
    'service list',
    'service show <service>',
    'service add <url> [flags]                        an MCP server, or an OpenAPI document',
    'service add --openapi <file or url> [flags]      an API by its document',
    'service add --command <program> [flags] [-- <arguments>]   an MCP server over stdio',
    'service enable|disable|refresh|remove <service>',
  ],
  options: { ...clientOptions, ...registrationOptions },
  help: { ...clientHelp, ...registrationHelp },
  run: async (input) => {
    const [name = ''] = input.words;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      throw new UsageError(`Use service ${Object.keys(actions).join(', ')}.`);
    }
    await action(input);
    return 0;
  },
};

async function list({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/services');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'services').map((item) => [
    cell(item, 'slug'),
    cell(item, 'kind'),
    cell(item, 'health.state'),
    cell(item, 'health.era'),
    cell(item, 'counts.tools'),
    cell(item, 'title'),
    cell(item, 'health.lastError'),
  ]);
  const head = ['SERVICE', 'KIND', 'STATE', 'ERA', 'TOOLS', 'TITLE', 'LAST ERROR'];
  terminal.out(formatTable([head, ...rows]));
}

async function show(input: CommandInput): Promise<void> {
  const answer = await gatewayClient(input.flags).call('GET', servicePath(input));
  if (input.flags['json'] === true) input.terminal.out(`${JSON.stringify(answer)}\n`);
  else describe(input, answer);
}

async function add(input: CommandInput): Promise<void> {
  const { flags, words, terminal } = input;
  const body = registrationBody(flags, words.slice(1));
  const answer = await gatewayClient(flags).call('POST', '/register-service', body);
  if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
  else describe(input, answer);
}

async function remove(input: CommandInput): Promise<void> {
  const path = servicePath(input);
  await gatewayClient(input.flags).call('DELETE', path);
  input.terminal.out(`Removed ${String(input.words[1])}.\n`);
}

async function change(input: CommandInput, verb: string): Promise<void> {
  const path = `${servicePath(input)}/${verb}`;
  const answer = await gatewayClient(input.flags).call('POST', path);
  if (input.flags['json'] === true) input.terminal.out(`${JSON.stringify(answer)}\n`);
  else describe(input, answer);
}

function servicePath({ words }: CommandInput): string {
  const name = wordAt(words, 1, `the service: service ${words[0]} <service>`);
  return `/services/${encodeURIComponent(name)}`;
}

function describe({ terminal }: CommandInput, answer: JsonObject): void {
  const slug = cell(answer, 'slug');
  const counts = ['tools', 'prompts', 'resources'].map(
    (name) => `${name} ${cell(answer, `counts.${name}`)}`,
  );
  const state = `${slug} (${cell(answer, 'kind')}) is ${cell(answer, 'health.state')}`;
  terminal.out(`${state}: ${counts.join(', ')}; its own endpoint is /mcp/${slug}.\n`);
  const tools = objectsOf(answer, 'tools').map((tool) => [
    `  ${cell(tool, 'publicName')}`,
    cell(tool, 'description').split('\n', 1)[0]?.slice(0, 80) ?? '',
  ]);
  terminal.out(formatTable(tools));
}
