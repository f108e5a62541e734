import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'idle-listen',
  summary: 'open subscriptions/listen streams on which nothing happens: memory per stream',
  inDefaultSet: false,
  client: 'modern',
  upstream: 'modern',
  load: { kind: 'listen', streams: 10_000 },
  gates: [],
};

export default scenario;
