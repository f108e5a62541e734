import { cell, objectsOf } from '../cells.ts';
import type { CommandInput } from '../command.ts';
import { gatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';

/** Lists the budgets of the own tenant, with what is spent of each. */
export async function listBudgets({ flags, terminal }: CommandInput): Promise<void> {
  const answer = await gatewayClient(flags).call('GET', '/api/v1/billing/budgets');
  if (flags['json'] === true) return terminal.out(`${JSON.stringify(answer)}\n`);
  const rows = objectsOf(answer, 'budgets').map((budget) => [
    cell(budget, 'name'),
    cell(budget, 'unit') === 'calls' ? 'calls' : cell(budget, 'currency'),
    cell(budget, 'window'),
    cell(budget, 'limit'),
    cell(budget, 'current.spent'),
    cell(budget, 'current.available'),
    JSON.stringify(budget['scope']),
  ]);
  const head = ['BUDGET', 'UNIT', 'WINDOW', 'LIMIT', 'SPENT', 'AVAILABLE', 'FOR'];
  terminal.out(formatTable([head, ...rows]));
}
