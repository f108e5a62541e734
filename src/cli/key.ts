import type { JsonObject } from '../kernel/json.ts';
import { cell, objectsOf, timeCell } from './cells.ts';
import {
  textFlag,
  textFlags,
  UsageError,
  wordAt,
  type Command,
  type CommandInput,
  type Flags,
} from './command.ts';
import { clientHelp, clientOptions, gatewayClient } from './gateway-client.ts';
import { formatTable } from './table.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const many = { type: 'string', multiple: true } as const;
/** Each is a list of the access rule, in the singular. */
const accessFlags = ['service', 'tool', 'prompt', 'resource'] as const;

/** Makes, lists and revokes API keys of a running gateway. */
export const key: Command = {
  summary: 'Make, list and revoke API keys.',
  usage: [
    'key create <name> [--expires-days <n>] [--user <id>]',
    'key create <name> [--scope <permission>]… [--service|--tool|--prompt|--resource <pattern>]…',
    'key list',
    'key create <name> --service-account <id>',
    'key rotate <id> [--grace-hours <n>]',
    'key revoke <id>',
  ],
  options: {
    ...clientOptions,
    'expires-days': { type: 'string' },
    user: { type: 'string' },
    'service-account': { type: 'string' },
    'grace-hours': { type: 'string' },
    scope: many,
    service: many,
    tool: many,
    prompt: many,
    resource: many,
  },
  help: {
    ...clientHelp,
    'expires-days': 'The key ends after this many days.',
    user: 'Whose key it is; yours when absent.',
    'service-account': 'The service account whose key it is.',
    'grace-hours': 'How long the text that the key has now stays good; a day when absent.',
    scope: 'A permission the key carries, mcp.use for example; all of yours when absent.',
    service: 'A service the key reaches: orders. Patterns may use * for any characters.',
    tool: 'A tool the key reaches: orders__get*. Kinds that are not named are out of reach then.',
    prompt: 'A prompt the key reaches: orders__*.',
    resource: 'The URI of a resource, or a URI template, the key reaches: file:///reports/*.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'create') await create(input);
    else if (action === 'list') await list(input);
    else if (action === 'rotate') await rotate(input);
    else if (action === 'revoke') await revoke(input);
    else throw new UsageError('Use key create, list, rotate or revoke.');
    return 0;
  },
};

async function create({ words, flags, terminal }: CommandInput): Promise<void> {
  const name = wordAt(words, 1, 'the key a name: key create <name>');
  const days = textFlag(flags, 'expires-days');
  const userId = textFlag(flags, 'user');
  const serviceAccountId = textFlag(flags, 'service-account');
  const answer = await gatewayClient(flags).call('POST', '/api/v1/keys', {
    name,
    ...(days === undefined ? {} : { expiresAtMs: expiry(days) }),
    ...(userId === undefined ? {} : { userId }),
    ...(serviceAccountId === undefined ? {} : { serviceAccountId }),
    ...limitsOf(flags),
  });
  if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
  else {
    terminal.out(`${cell(answer, 'apiKey')}\n`);
    terminal.error(`This is key ${cell(answer, 'id')}; its text is not shown again.\n`);
  }
}

/** What the key is limited to, as far as flags say. */
function limitsOf(flags: Flags): JsonObject {
  const scopes = textFlags(flags, 'scope');
  const access = Object.fromEntries(
    accessFlags.flatMap((flag) => {
      const patterns = textFlags(flags, flag);
      return patterns.length === 0 ? [] : [[`${flag}s`, patterns]];
    }),
  ) as JsonObject;
  return {
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(Object.keys(access).length === 0 ? {} : { access }),
  };
}

async function list({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/keys');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'keys').map((item: JsonObject) => [
    cell(item, 'id'),
    cell(item, 'name'),
    `${cell(item, 'prefix')}…`,
    cell(item, item['userId'] === null ? 'serviceAccountId' : 'userId'),
    timeCell(item, 'createdAtMs'),
    timeCell(item, 'expiresAtMs'),
    timeCell(item, 'revokedAtMs'),
  ]);
  const head = ['ID', 'NAME', 'KEY', 'USER', 'CREATED', 'EXPIRES', 'REVOKED'];
  terminal.out(formatTable([head, ...rows]));
}

async function rotate({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 1, 'the id of a key: key rotate <id>');
  const hours = textFlag(flags, 'grace-hours');
  if (hours !== undefined && !/^\d{1,3}$/.test(hours)) {
    throw new UsageError(`--grace-hours takes a number of hours, not ${JSON.stringify(hours)}.`);
  }
  const body = hours === undefined ? {} : { graceMs: Number(hours) * HOUR_MS };
  const path = `/api/v1/keys/${encodeURIComponent(id)}/rotate`;
  const answer = await gatewayClient(flags).call('POST', path, body);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  terminal.out(`${cell(answer, 'apiKey')}\n`);
  terminal.error(`The text before ends at ${timeCell(answer, 'previousEndsAtMs')}.\n`);
}

async function revoke({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 1, 'the id of a key: key revoke <id>');
  await gatewayClient(flags).call('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
  terminal.out(`Revoked ${id}.\n`);
}

function expiry(days: string): number {
  if (!/^\d{1,5}$/.test(days) || Number(days) === 0) {
    throw new UsageError(`--expires-days takes a number of days, not ${JSON.stringify(days)}.`);
  }
  return Date.now() + Number(days) * DAY_MS;
}
