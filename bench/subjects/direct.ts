import { passesUntranslated } from '../scenario.ts';
import type { Subject } from '../subject.ts';

/** Nothing in between: what the load generator and the upstream reach by themselves. */
export const direct: Subject = {
  name: 'direct',
  leftOut: (scenario) =>
    passesUntranslated(scenario) ? undefined : 'the two ends speak different revisions',
  start: async ({ upstream }) => ({
    url: upstream.url,
    headers: {},
    pid: undefined,
    stop: async () => undefined,
  }),
};
