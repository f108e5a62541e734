import { stringMember, type JsonObject } from '../../../src/kernel/json.ts';
import { atMost, type Finding } from '../finding.ts';
import { callApi, type Access } from './gateway-calls.ts';

/** The names of tools called, and whether the answer came. */
export interface Load {
  readonly acknowledged: Set<string>;
  readonly sent: Set<string>;
}

/** Whether every acknowledged call is in usage exactly once, and nothing that was never sent. */
export async function compareUsage(
  access: Access,
  { sent, acknowledged }: Load,
): Promise<readonly Finding[]> {
  const used = await usedTools(access);
  const records = [...used.values()].reduce((sum, times) => sum + times, 0);
  const totals = await callApi(access, 'GET', '/api/v1/usage/summary');
  return [
    atMost(
      'acknowledged and not in usage',
      [...acknowledged].filter((name) => !used.has(name)).length,
      0,
    ),
    atMost('in usage more than once', [...used.values()].filter((times) => times > 1).length, 0),
    atMost('in usage and never sent', [...used.keys()].filter((name) => !sent.has(name)).length, 0),
    atMost('total apart from the records', Math.abs(Number(totals['records']) - records), 0),
  ];
}

/** How often each tool is in the usage records; every call of a scenario names a tool. */
async function usedTools(access: Access): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  let cursor = '';
  for (;;) {
    const page: JsonObject = await callApi(access, 'GET', `/api/v1/usage?limit=500${cursor}`);
    for (const record of page['records'] as readonly JsonObject[]) {
      const tool = stringMember(record, 'tool');
      if (tool !== undefined) used.set(tool, (used.get(tool) ?? 0) + 1);
    }
    const next = stringMember(page, 'nextCursor');
    if (next === undefined) return used;
    cursor = `&cursor=${next}`;
  }
}
