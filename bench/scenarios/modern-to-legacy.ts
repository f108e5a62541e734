import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'modern-to-legacy',
  summary: 'a 2026-07-28 client calls a tool of a 2025-11-25 server',
  inDefaultSet: false,
  client: 'modern',
  upstream: 'legacy',
  load: { kind: 'calls', tool: 'echo', connections: 64, warmupRequests: 20_000 },
  gates: [],
};

export default scenario;
