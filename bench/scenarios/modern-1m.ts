import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'modern-1m',
  summary: 'tools/call with 1 MB of text in the answer, 2026-07-28 on both sides',
  inDefaultSet: true,
  client: 'modern',
  upstream: 'modern',
  load: { kind: 'calls', tool: 'echo-1m', connections: 16, warmupRequests: 300 },
  gates: [{ numerator: 'gateway', denominator: 'bytes-proxy', atMost: 1.5 }],
};

export default scenario;
