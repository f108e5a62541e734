import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Verdict } from './verdict.ts';

const entrySchema = z.strictObject({
  scenario: z.string().min(1),
  /** Ids of the checks that fail; `any` where a scenario as a whole cannot be passed. */
  checks: z.union([z.literal('any'), z.array(z.string().min(1)).min(1)]),
  reason: z.string().min(10),
});

const baselineSchema = z.record(z.string(), z.array(entrySchema));

/** A miss that is known: which checks of a scenario fail, and why. */
export type KnownMiss = z.infer<typeof entrySchema>;

/** The known misses by cell. */
export type Baseline = Readonly<Record<string, readonly KnownMiss[]>>;

/** Reads and checks a baseline file. */
export async function readBaseline(path: URL, cellNames: readonly string[]): Promise<Baseline> {
  const baseline = baselineSchema.parse(parse(await readFile(path, 'utf8')) ?? {});
  const unknown = Object.keys(baseline).filter((name) => !cellNames.includes(name));
  if (unknown.length > 0) throw new Error(`The baseline names no cell: ${unknown.join(', ')}`);
  return baseline;
}

/**
 * Compares what failed with what is known to fail. Returned are the problems: a failure that is
 * not listed, and a listed one that no longer fails.
 */
export function compareWithBaseline(
  verdicts: readonly Verdict[],
  misses: readonly KnownMiss[],
): readonly string[] {
  const problems: string[] = [];
  for (const { scenario, failedChecks } of verdicts) {
    const listed = misses.filter((miss) => miss.scenario === scenario).map(({ checks }) => checks);
    if (listed.includes('any')) {
      if (failedChecks.length === 0) problems.push(`${scenario}: is listed and does not fail`);
      continue;
    }
    const known = new Set(listed.flat());
    const unlisted = failedChecks.filter((check) => !known.has(check));
    const stale = [...known].filter((check) => !failedChecks.includes(check));
    problems.push(...unlisted.map((check) => `${scenario}: ${check} fails and is not listed`));
    problems.push(...stale.map((check) => `${scenario}: ${check} is listed and does not fail`));
  }
  const seen = new Set(verdicts.map(({ scenario }) => scenario));
  for (const { scenario } of misses) {
    if (!seen.has(scenario)) problems.push(`${scenario}: is listed and was not run`);
  }
  return problems;
}
