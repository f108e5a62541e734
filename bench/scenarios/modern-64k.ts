import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'modern-64k',
  summary: 'tools/call with 64 KB of text in the answer, 2026-07-28 on both sides',
  inDefaultSet: true,
  client: 'modern',
  upstream: 'modern',
  load: { kind: 'calls', tool: 'echo-64k', connections: 16, warmupRequests: 4000 },
  gates: [{ numerator: 'gateway', denominator: 'bytes-proxy', atMost: 1.5 }],
};

export default scenario;
