import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf } from '../cells.ts';
import { UsageError, wordAt, type Command, type CommandInput } from '../command.ts';
import { clientHelp, clientOptions, gatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

/** Hands out what a running gateway keeps of a person, and erases it. */
export const privacy: Command = {
  summary: 'Export what is kept of a person, or erase it.',
  usage: [
    'privacy export <user id> [flags]',
    'privacy export --me [flags]',
    'privacy erase <user id> [--dry-run] [flags]',
  ],
  options: { ...clientOptions, me: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  help: {
    ...clientHelp,
    me: 'Whoever the access token in MCP_GATEWAY_KEY is of; an API key will not do.',
    'dry-run': 'Tell what would be erased, and erase nothing.',
  },
  run: async (input) => {
    const [action] = input.words;
    if (action === 'export') await exportPerson(input);
    else if (action === 'erase') await erasePerson(input);
    else throw new UsageError('Use privacy export or privacy erase.');
    return 0;
  },
};

async function exportPerson({ words, flags, terminal }: CommandInput): Promise<void> {
  const path = flags['me'] === true ? '/api/v1/me/export' : `${personPath(words)}/export`;
  for await (const piece of gatewayClient(flags).stream(path)) terminal.out(piece);
}

async function erasePerson({ words, flags, terminal }: CommandInput): Promise<void> {
  const isDryRun = flags['dry-run'] === true;
  const path = `${personPath(words)}/erasure${isDryRun ? '?dryRun=true' : ''}`;
  const answer = await gatewayClient(flags).call('POST', path);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const places = objectsOf(answer, 'tenants').flatMap((one) =>
    rowsOf(cell(one, 'tenantId'), one['rows']),
  );
  const rest = [...rowsOf('elsewhere', answer['leftovers']), ...rowsOf('', answer['accountRows'])];
  terminal.out(formatTable([['TENANT', 'WHAT', 'ROWS'], ...places, ...rest]));
  const account = `the account is ${cell(answer, 'account')}`;
  terminal.error(
    isDryRun ? `Nothing was erased: ${account} in the end.\n` : `Erased; ${account}.\n`,
  );
}

/** Kinds of which there was nothing are left out. */
function rowsOf(place: string, rows: JsonObject[string] | undefined): string[][] {
  if (!isJsonObject(rows)) return [];
  return Object.keys(rows).flatMap((kind) =>
    rows[kind] === 0 ? [] : [[place, kind, cell(rows, kind)]],
  );
}

function personPath(words: readonly string[]): string {
  const id = wordAt(words, 1, 'the id of a user, as `mcp-gateway users list` shows it');
  return `/api/v1/privacy/people/${encodeURIComponent(id)}`;
}
