import { writeFile } from 'node:fs/promises';
import type { JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf, timeCell } from '../cells.ts';
import { textFlag, UsageError, wordAt, type CommandInput } from '../command.ts';
import { gatewayClient, type GatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

const own = '/api/v1/billing/invoices';
const accounts = '/api/v1/billing/accounts';
const FORMATS = new Set(['csv', 'jsonl', 'html', 'pdf']);

/** What `billing invoices` can do. */
export const invoiceUsage = [
  'billing invoices [list|drafts]',
  'billing invoices show <invoice>',
  'billing invoices export <invoice> <csv|jsonl|html|pdf> [--output <file>]',
  'billing invoices finalise <tenant> <invoice>',
  'billing invoices finalise --all',
  'billing invoices void <tenant> <invoice> <reason>',
  'billing invoices credit <tenant> <invoice> <key> <reason> [--amount <amount>]',
] as const;

/** Lists invoices, makes drafts final, gives back. */
export async function invoices(input: CommandInput): Promise<void> {
  const action = input.words[1] ?? 'list';
  if (action === 'list') await list(input, own);
  else if (action === 'drafts') await list(input, `${accounts}/invoices`, 'draft');
  else if (action === 'show') await show(input);
  else if (action === 'export') await exportLines(input);
  else if (action === 'finalise') await finalise(input);
  else if (action === 'void') await voidOne(input);
  else if (action === 'credit') await credit(input);
  else throw new UsageError(`Use ${invoiceUsage.join(', ')}.`);
}

async function list(
  { flags, terminal }: CommandInput,
  path: string,
  status?: string,
): Promise<void> {
  const found = await Array.fromAsync(allOf(gatewayClient(flags), path, status));
  if (flags['json'] === true) return terminal.out(`${JSON.stringify({ invoices: found })}\n`);
  const rows = found.map((invoice) => [
    cell(invoice, 'tenant'),
    cell(invoice, 'id'),
    cell(invoice, 'number'),
    cell(invoice, 'status'),
    timeCell(invoice, 'periodStartMs'),
    cell(invoice, 'total'),
    cell(invoice, 'currency'),
  ]);
  const head = ['TENANT', 'INVOICE', 'NUMBER', 'STATUS', 'FROM', 'TOTAL', ''];
  terminal.out(formatTable([head, ...rows]));
}

async function show({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 2, `the id of an invoice: ${invoiceUsage[1]}`);
  const invoice = await gatewayClient(flags).call('GET', `${own}/${id}`);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(invoice)}\n`);
  const rows = objectsOf(invoice, 'lines').map((line) => [
    cell(line, 'kind'),
    cell(line, 'title'),
    cell(line, 'quantity'),
    cell(line, 'printed'),
  ]);
  const total = ['total', '', '', `${cell(invoice, 'total')} ${cell(invoice, 'currency')}`];
  terminal.out(formatTable([['KIND', 'TITLE', 'QUANTITY', 'AMOUNT'], ...rows, total]));
}

async function exportLines({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = wordAt(words, 2, `the id of an invoice: ${invoiceUsage[2]}`);
  const format = wordAt(words, 3, `a format: ${invoiceUsage[2]}`);
  if (!FORMATS.has(format)) throw new UsageError(`Use ${invoiceUsage[2]}.`);
  const output = textFlag(flags, 'output');
  const client = gatewayClient(flags);
  const path = `${own}/${id}/${format}`;
  if (output !== undefined) return await writeWhole(output, client.bytes(path));
  // What is no text would only disturb a terminal.
  if (format === 'pdf') throw new UsageError('Give the file of a PDF with --output.');
  for await (const piece of client.stream(path)) terminal.out(piece);
}

/** Reads it whole first: a gateway that refuses leaves no file. */
async function writeWhole(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const bytes = Buffer.concat(await Array.fromAsync(pieces));
  await writeFile(path, bytes, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new Error(`${path} cannot be written: ${message}.`);
    throw new Error(`${path} is there already; give another --output.`);
  });
}

async function finalise({ words, flags, terminal }: CommandInput): Promise<void> {
  const client = gatewayClient(flags);
  if (flags['all'] === true) {
    let count = 0;
    // Read whole first: what is made final is in the list no more.
    for (const draft of await Array.fromAsync(allOf(client, `${accounts}/invoices`, 'draft'))) {
      await client.call('POST', `${placeOf(cell(draft, 'tenant'), cell(draft, 'id'))}/finalise`);
      count++;
    }
    return terminal.out(`${count} ${count === 1 ? 'invoice is' : 'invoices are'} final.\n`);
  }
  const made = await client.call('POST', `${invoiceAt(words, 3)}/finalise`);
  if (flags['json'] === true) terminal.out(`${JSON.stringify(made)}\n`);
  else terminal.out(`${cell(made, 'id')} is ${cell(made, 'number')}.\n`);
}

async function voidOne({ words, flags, terminal }: CommandInput): Promise<void> {
  const reason = wordAt(words, 4, `a reason: ${invoiceUsage[5]}`);
  const made = await gatewayClient(flags).call('POST', `${invoiceAt(words, 5)}/void`, { reason });
  if (flags['json'] === true) terminal.out(`${JSON.stringify(made)}\n`);
  else terminal.out(`${cell(made, 'id')} is void.\n`);
}

async function credit({ words, flags, terminal }: CommandInput): Promise<void> {
  const key = wordAt(words, 4, `a key: ${invoiceUsage[6]}`);
  const reason = wordAt(words, 5, `a reason: ${invoiceUsage[6]}`);
  const amount = textFlag(flags, 'amount');
  const body = { key, reason, ...(amount === undefined ? {} : { amount }) };
  const place = `${invoiceAt(words, 6)}/credit-notes`;
  const note = await gatewayClient(flags).call('POST', place, body);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(note)}\n`);
  terminal.out(`${cell(note, 'number')} gives ${cell(note, 'total')} back.\n`);
}

function invoiceAt(words: readonly string[], usage: 3 | 5 | 6): string {
  const tenant = wordAt(words, 2, `the id of a tenant: ${invoiceUsage[usage]}`);
  return placeOf(tenant, wordAt(words, 3, `the id of an invoice: ${invoiceUsage[usage]}`));
}

function placeOf(tenant: string, invoice: string): string {
  return `${accounts}/${tenant}/invoices/${invoice}`;
}

async function* allOf(
  client: GatewayClient,
  path: string,
  status: string | undefined,
): AsyncGenerator<JsonObject> {
  const query = new URLSearchParams(status === undefined ? {} : { status });
  for (;;) {
    const page = await client.call('GET', `${path}?${query.toString()}`);
    yield* objectsOf(page, 'invoices');
    const next = page['nextCursor'];
    if (typeof next !== 'string') return;
    query.set('cursor', next);
  }
}
