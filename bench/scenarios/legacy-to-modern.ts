import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'legacy-to-modern',
  summary: 'a 2025-11-25 client calls a tool of a 2026-07-28 server',
  inDefaultSet: false,
  client: 'legacy',
  upstream: 'modern',
  load: { kind: 'calls', tool: 'echo', connections: 64, warmupRequests: 20_000 },
  gates: [],
};

export default scenario;
