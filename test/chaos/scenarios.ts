import { databaseAway, databaseKilled } from './database-away.ts';
import type { Scenario } from './finding.ts';
import { killUnderLoad, killUnderLoadOnPostgres } from './kill-under-load.ts';
import { pausedReaders } from './paused-readers.ts';
import { sickUpstreams } from './sick-upstreams.ts';
import { killedWithChildren, stdioCycles } from './stdio-cycles.ts';

/** Every scenario, in the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  stdioCycles,
  killedWithChildren,
  ...pausedReaders,
  killUnderLoad,
  killUnderLoadOnPostgres,
  databaseKilled,
  databaseAway,
  sickUpstreams,
];
