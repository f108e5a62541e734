import { z } from '@hono/zod-openapi';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

const count = z.int().min(0);

const healthSchema = z
  .strictObject({
    status: z.enum(['starting', 'ready', 'draining']),
    ready: z.boolean().describe('Whether calls are accepted.'),
    version: z.string(),
    uptimeMs: z.int(),
    services: z
      .strictObject({ ready: count, starting: count, failed: count, disabled: count })
      .describe('Registered services by state.'),
  })
  .openapi('Health');

const liveSchema = z.strictObject({ status: z.literal('live') }).openapi('Liveness');

/** Health for people and probes: no key needed, nothing secret told. */
export function healthRoutes(deps: ApiDeps): ApiRoute[] {
  const common = { method: 'get', tag: 'Health', permission: 'public' } as const;
  return [
    defineRoute({
      ...common,
      paths: ['/health'],
      operationIds: ['health'],
      summary: 'How the gateway is',
      description: 'Answers 200 as long as the process answers at all; `ready` says the rest.',
      answers: { 200: { description: 'The gateway answers.', schema: healthSchema } },
      handle: () => respondJson(200, healthJson(deps)),
    }),
    defineRoute({
      ...common,
      paths: ['/health/ready'],
      operationIds: ['healthReady'],
      summary: 'Whether calls are accepted',
      answers: {
        200: { description: 'Calls are accepted.', schema: healthSchema },
        503: { description: 'The gateway is starting or draining.', schema: healthSchema },
      },
      handle: () => {
        const health = healthJson(deps);
        return health.ready
          ? respondJson(200, health)
          : respondJson(503, health, { 'Retry-After': '1' });
      },
    }),
    defineRoute({
      ...common,
      paths: ['/health/live'],
      operationIds: ['healthLive'],
      summary: 'Whether the process lives',
      answers: { 200: { description: 'It lives.', schema: liveSchema } },
      handle: () => respondJson(200, { status: 'live' }),
    }),
  ];
}

function healthJson(deps: ApiDeps): z.output<typeof healthSchema> {
  const { phase, startedAtMs, version, services } = deps.status();
  const { ready, starting, failed, disabled } = services;
  return {
    status: phase,
    ready: phase === 'ready',
    version,
    uptimeMs: Math.max(0, deps.now() - startedAtMs),
    services: { ready, starting, failed, disabled },
  };
}
