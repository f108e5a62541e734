import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { HostileCase } from './case.ts';
import { CASES_RUN_MIN, groups } from './suite.ts';
import { TABLE_FILE, threatTable } from './table.ts';
import { openWorld, type World } from './world/open-world.ts';
import { Watch } from './world/watch.ts';

/**
 * Sends every case to a running gateway and looks, after each, at what must be so whatever was
 * sent. `--table` writes the table of cases instead; `--only D19` runs those that begin so.
 */

const CASE_MS = 90_000;
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    table: { type: 'boolean', default: false },
  },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function attempt(one: HostileCase, world: World): Promise<string | undefined> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('takes too long')), CASE_MS);
  try {
    await Promise.race([one.run?.(world), late.promise]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').slice(0, 600) : 'failed';
  } finally {
    clearTimeout(timer);
  }
}

async function runAll(wanted: readonly HostileCase[]): Promise<number> {
  const counts = { ran: 0, passed: 0 };
  const left = wanted.filter(({ run }) => run === undefined);
  await using world = await openWorld();
  using watch = new Watch(world);
  await watch.begin();
  for (const one of wanted) {
    if (one.run === undefined) continue;
    const started = performance.now();
    const failure = await attempt(one, world);
    const wrong = [
      ...(failure === undefined ? [] : [failure]),
      ...(await watch.look(one.settleMs)),
    ];
    counts.ran++;
    if (wrong.length === 0) counts.passed++;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    print(
      `${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${one.id.padEnd(5)} ${one.title} (${seconds} s)`,
    );
    for (const text of wrong) print(`         ${text}`);
    if (world.gateway.hasEnded) break;
  }
  for (const { id, title, missing } of left) print(`n/a    ${id.padEnd(5)} ${title}: ${missing}`);
  print(`ran ${counts.ran}, passed ${counts.passed}, not applicable ${left.length}`);
  print(`the innocent caller made ${watch.calls} calls meanwhile`);
  const failed = counts.ran - counts.passed;
  const isWhole = values.only !== undefined || counts.ran >= CASES_RUN_MIN;
  if (!isWhole) print(`fewer than ${CASES_RUN_MIN} cases were run`);
  return failed === 0 && isWhole ? 0 : 1;
}

if (values.table) writeFileSync(TABLE_FILE, threatTable());
else {
  const all = groups.flatMap(({ cases }) => cases);
  const isWanted = ({ id }: HostileCase): boolean =>
    values.only?.some((start) => id.startsWith(start)) ?? true;
  process.exitCode = await runAll(all.filter(isWanted));
}
