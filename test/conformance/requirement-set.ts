import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { skippedBySuite } from './cells.ts';
import { suiteFolder } from './run-suite.ts';

const schema = z.object({
  server: z.array(z.string()),
  client: z.array(z.string()),
  not_scored: z.array(z.object({ scenario: z.string(), leg: z.string() })),
});

/** Which side of the suite a scenario tests. */
export type Leg = 'server' | 'client';

/** The scenarios a revision requires of one side, and those it only runs. */
export interface RequirementSet {
  readonly scored: readonly string[];
  readonly unscored: readonly string[];
}

/** Reads a requirement set of the installed suite. */
export async function readRequirementSet(revision: string, side: Leg): Promise<RequirementSet> {
  const path = join(suiteFolder, 'requirements', `${revision}.yaml`);
  const content = schema.parse(parse(await readFile(path, 'utf8')));
  const unscored = content.not_scored
    .filter(({ leg }) => leg === side)
    .map(({ scenario }) => scenario)
    .filter((scenario) => !skippedBySuite.includes(scenario));
  return { scored: content[side], unscored };
}
