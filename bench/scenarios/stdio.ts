import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'stdio',
  summary: 'a 2026-07-28 client calls a tool of one child process; the child is metered too',
  inDefaultSet: false,
  client: 'modern',
  upstream: 'stdio',
  load: { kind: 'calls', tool: 'echo', connections: 16, warmupRequests: 10_000 },
  gates: [],
};

export default scenario;
