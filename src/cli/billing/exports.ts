import type { JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf, timeCell } from '../cells.ts';
import { UsageError, wordAt, type CommandInput } from '../command.ts';
import { gatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

const exporters = '/api/v1/billing/exporters';

/** What `billing exports` can do. */
export const exportUsage = [
  'billing exports [list]',
  'billing exports refused <exporter>',
  'billing exports invoices <exporter>',
  'billing exports retry <exporter> [<event or invoice>…]',
] as const;

/** Shows what is sent to other billing systems, and has what was refused sent once more. */
export async function exports(input: CommandInput): Promise<void> {
  const action = input.words[1] ?? 'list';
  if (action === 'list') await list(input);
  else if (action === 'refused') await refused(input);
  else if (action === 'invoices') await invoices(input);
  else if (action === 'retry') await retry(input);
  else throw new UsageError(`Use ${exportUsage.join(', ')}.`);
}

async function list({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', exporters);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'exporters').map((exporter) => [
    cell(exporter, 'id'),
    cell(exporter, 'name'),
    cell(exporter['settings'] as JsonObject, 'kind'),
    exporter['enabled'] === true ? 'on' : 'off',
    cell(exporter, 'exported'),
    cell(exporter, 'failures'),
    cell(exporter, 'lastProblem'),
  ]);
  const head = ['EXPORTER', 'NAME', 'KIND', '', 'EXPORTED', 'FAILURES', 'LAST PROBLEM'];
  terminal.out(formatTable([head, ...rows]));
}

async function refused({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = exporterAt(words, exportUsage[1]);
  const answer = await gatewayClient(flags).call('GET', `${exporters}/${id}/refused`);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'refused').map((row) => [
    cell(row, 'eventId'),
    cell(row, 'rule'),
    timeCell(row, 'atMs'),
    row['retryAtMs'] === null ? '' : 'waits',
    cell(row, 'reason'),
  ]);
  terminal.out(formatTable([['EVENT', 'RULE', 'AT', 'AGAIN', 'REASON'], ...rows]));
}

async function invoices({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = exporterAt(words, exportUsage[2]);
  const answer = await gatewayClient(flags).call('GET', `${exporters}/${id}/invoices`);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'invoices').map((row) => [
    cell(row, 'invoiceId'),
    cell(row, 'state'),
    cell(row, 'vendorId'),
    timeCell(row, 'atMs'),
    cell(row, 'reason'),
  ]);
  terminal.out(formatTable([['INVOICE', 'STATE', 'THERE', 'AT', 'REASON'], ...rows]));
}

async function retry({ words, flags, terminal }: CommandInput): Promise<void> {
  const id = exporterAt(words, exportUsage[3]);
  const events = words.slice(3);
  const body = events.length === 0 ? {} : { events };
  const answer = await gatewayClient(flags).call('POST', `${exporters}/${id}/retry`, body);
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  terminal.out(`${cell(answer, 'marked')} are sent once more, before all others.\n`);
}

function exporterAt(words: readonly string[], usage: string): string {
  return encodeURIComponent(wordAt(words, 2, `the id of an exporter: ${usage}`));
}
