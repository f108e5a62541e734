import type { Scenario } from '../scenario.ts';

const scenario: Scenario = {
  name: 'modern-small',
  summary: 'tools/call, 492 B body to a 600 B answer, 2026-07-28 on both sides',
  inDefaultSet: true,
  client: 'modern',
  upstream: 'modern',
  load: { kind: 'calls', tool: 'echo', connections: 64, warmupRequests: 20_000 },
  gates: [
    { numerator: 'gateway', denominator: 'nginx', atMost: 3.3 },
    { numerator: 'sdk-proxy', denominator: 'gateway', atLeast: 12 },
  ],
};

export default scenario;
