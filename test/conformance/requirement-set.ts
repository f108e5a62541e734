import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { skippedBySuite } from './cells.ts';
import { suiteFolder } from './run-suite.ts';

const schema = z.object({
  server: z.array(z.string()),
  not_scored: z.array(z.object({ scenario: z.string(), leg: z.string() })),
});

/** The server scenarios a revision requires, and those it only runs. */
export interface RequirementSet {
  readonly scored: readonly string[];
  readonly unscored: readonly string[];
}

/** Reads a requirement set of the installed suite. */
export async function readRequirementSet(revision: string): Promise<RequirementSet> {
  const path = join(suiteFolder, 'requirements', `${revision}.yaml`);
  const content = schema.parse(parse(await readFile(path, 'utf8')));
  const unscored = content.not_scored
    .filter(({ leg }) => leg === 'server')
    .map(({ scenario }) => scenario)
    .filter((scenario) => !skippedBySuite.includes(scenario));
  return { scored: content.server, unscored };
}
