import { loadConfig } from '../app/config/config.ts';
import type { JsonObject } from '../kernel/json.ts';
import { cell, objectsOf, timeCell } from './cells.ts';
import {
  textFlag,
  textFlags,
  UsageError,
  wordAt,
  type Command,
  type CommandInput,
} from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { clientHelp, clientOptions, gatewayClient } from './gateway-client.ts';
import { formatTable } from './table.ts';

/** Lists, adds and removes users of a running gateway, and lets a locked out owner in again. */
export const users: Command = {
  summary: 'List, add and remove users; let a locked out owner in again.',
  usage: [
    'users list',
    'users add <login> --role <role>… [--name <name>] [--email <email>]',
    'users roles <id> --role <role>…',
    'users remove <id>',
    'users create --owner <login> [--tenant <name>] [config flags]',
  ],
  options: {
    ...configOptions,
    ...clientOptions,
    role: { type: 'string', multiple: true },
    name: { type: 'string' },
    email: { type: 'string' },
    owner: { type: 'string' },
    tenant: { type: 'string' },
  },
  help: {
    ...configHelp,
    ...clientHelp,
    role: 'A role the user has: owner, admin, developer, billing, viewer, or one of your own.',
    name: 'The name of the user for people.',
    email: 'The email address of the user.',
    owner: 'Makes this login an owner with a new key; needs the database, not a running gateway.',
    tenant: 'The tenant of that owner; the first one unless given.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'list') await list(input);
    else if (action === 'add') await add(input);
    else if (action === 'roles') await changeRoles(input);
    else if (action === 'remove') await remove(input);
    else if (action === 'create') await createOwner(input);
    else throw new UsageError('Use users list, add, roles, remove or create.');
    return 0;
  },
};

async function list({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/users');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'users').map((user: JsonObject) => [
    cell(user, 'id'),
    cell(user, 'login'),
    Array.isArray(user['roles']) ? user['roles'].join(', ') : '-',
    cell(user, 'status'),
    timeCell(user, 'createdAtMs'),
  ]);
  terminal.out(formatTable([['ID', 'LOGIN', 'ROLES', 'STATUS', 'CREATED'], ...rows]));
}

async function add({ words, flags, terminal }: CommandInput): Promise<void> {
  const login = wordAt(words, 1, 'a login: users add <login>');
  const [name, email] = [textFlag(flags, 'name'), textFlag(flags, 'email')];
  const answer = await gatewayClient(flags).call('POST', '/api/v1/users', {
    login,
    roles: textFlags(flags, 'role'),
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
  });
  if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
  else terminal.out(`Added ${cell(answer, 'login')} as ${cell(answer, 'id')}.\n`);
}

async function changeRoles({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 1, 'the id of a user: users roles <id>');
  const roles = textFlags(flags, 'role');
  await gatewayClient(flags).call('PATCH', userPath(id), { roles });
  terminal.out(`${id} has these roles now: ${roles.join(', ') || 'none'}.\n`);
}

async function remove({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 1, 'the id of a user: users remove <id>');
  await gatewayClient(flags).call('DELETE', userPath(id));
  terminal.out(`Removed ${id}.\n`);
}

async function createOwner({ flags, terminal }: CommandInput): Promise<void> {
  const login = textFlag(flags, 'owner');
  if (login === undefined || !/^[A-Za-z0-9][A-Za-z0-9._@+-]*$/.test(login)) {
    throw new UsageError('Give the login of the owner: users create --owner <login>.');
  }
  const { config } = loadConfig(configSources(flags));
  const { resetOwner } = await import('../app/commands/reset-owner.ts');
  const made = await resetOwner(config, login, textFlag(flags, 'tenant'));
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(made)}\n`);
  terminal.out(`${made.apiKey}\n`);
  terminal.error(`${made.login} is an owner of ${made.tenantName}; its key is not shown again.\n`);
}

function userPath(id: string): string {
  return `/api/v1/users/${encodeURIComponent(id)}`;
}
