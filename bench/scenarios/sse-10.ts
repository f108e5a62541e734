import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'sse-10',
  summary: 'tools/call answered by a stream of 10 progress events and the result',
  inDefaultSet: false,
  client: 'modern',
  upstream: 'modern',
  load: { kind: 'calls', tool: 'echo-sse', connections: 16, warmupRequests: 10_000 },
  gates: [],
};

export default scenario;
