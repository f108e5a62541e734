import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'legacy-small',
  summary: 'tools/call in 2025-11-25 sessions on both sides, small JSON answers',
  inDefaultSet: true,
  client: 'legacy',
  upstream: 'legacy',
  load: { kind: 'calls', tool: 'echo', connections: 64, warmupRequests: 20_000 },
  gates: [],
};

export default scenario;
