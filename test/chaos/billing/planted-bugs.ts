import type { Patch } from './patched-source.ts';

const CHARGING = 'billing/charging';
const BOOKS = 'storage/stores/transactions/billing';

/** A repeated call runs again: only the gate keeps it from being charged twice. */
export const forgetful: Patch = {
  file: 'gateway/idempotency/repeated-calls.ts',
  text: "isKeyedWork(workId) && !request.method.startsWith('tasks/'),",
  instead: "isKeyedWork(workId) && request.method === '',",
};

/** Bugs that the scenario has to notice. */
export const plantedBugs: Readonly<Record<string, readonly Patch[]>> = {
  'no gate for a charge key': [
    {
      file: `${CHARGING}/gate-key.ts`,
      text: '  return OWN.test(record.chargeKey) ? `key:${record.chargeKey}` : record.chargeKey;',
      instead: '  return record.id;',
    },
  ],
  'drained and not put on the list': [
    {
      file: 'storage/sqlite/usage-writer.ts',
      text: '      for (const run of pendingRuns(calls.map(({ id }) => id))) {',
      instead: '      for (const run of pendingRuns(calls.map(({ id }) => id)).slice(1)) {',
    },
  ],
  'taken off the list before it is charged': [
    {
      file: `${BOOKS}/rate-usage.ts`,
      text: '  const { matched, refused } = matchRecords(records, plans, slugs);',
      instead: '  const { matched, refused } = matchRecords(records.slice(1), plans, slugs);',
    },
  ],
  'a billionth too much': [
    {
      file: `${CHARGING}/charge-records.ts`,
      text: '    amount: checkAmount(after.posted - posted),',
      instead: '    amount: checkAmount(after.posted - posted + 1n),',
    },
  ],
  'a balance that lags behind': [
    {
      file: `${BOOKS}/write-books.ts`,
      text: '    SET posted_nano = account_balance.posted_nano + excluded.posted_nano,',
      instead: '    SET posted_nano = account_balance.posted_nano,',
    },
  ],
};
