import { z } from '@hono/zod-openapi';
import { whoOf } from '../../../../audit/audit-act.ts';
import type { Capture, CaptureSetting, CaptureTotals } from '../../../../gateway/captures/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

const patterns = z
  .array(z.string().min(1).max(limits.accessPatternLengthMax))
  .min(1)
  .max(limits.accessPatternsMax);
const services = patterns.describe('Slugs, `*` for any run of characters; absent: all.');
const tools = patterns.describe('`{slug}__{tool}`, likewise; absent: everything.');
const sampleRate = z.number().gt(0).max(1).describe('The share of calls; 1 for all.');
const untilMs = z.int().min(0).describe('Until when, epoch milliseconds; a day from now at most.');
const keepHours = z.int().min(1).max(limits.captureKeepHoursMax);

const requestSchema = z
  .strictObject({
    services: services.optional(),
    tools: tools.optional(),
    sampleRate,
    untilMs,
    keepHours: keepHours.describe('How long a capture is kept.'),
  })
  .openapi('CaptureRequest');

const settingSchema = z
  .strictObject({
    isOn: z.boolean(),
    services: services.nullable(),
    tools: tools.nullable(),
    sampleRate: z.number().nullable(),
    untilMs: z.int().nullable(),
    keepHours: z.int().nullable(),
    captures: z.int().describe('How many are kept.'),
    bytes: z.int().describe('What they hold.'),
    bytesMax: z.int().describe('What they may hold; then nothing more is captured.'),
  })
  .openapi('CaptureSetting');

const facts = {
  id: z.string(),
  atMs: z.int(),
  expiresAtMs: z.int(),
  userId: z.string().describe('Who called.'),
  grantId: z.string(),
  serviceId: z.string(),
  service: z.string().describe('The slug.'),
  method: z.string(),
  tool: z.string().nullable(),
  outcome: z.string().describe('How it ended: the type of the result, or the error.'),
  workId: z.string().describe('As its usage record names it.'),
  bytes: z.int(),
};
const listSchema = z
  .strictObject({
    captures: z.array(z.strictObject(facts)),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('Captures');
const oneSchema = z
  .strictObject({
    ...facts,
    arguments: z.unknown().describe('Redacted; only the beginning of what is long.'),
    result: z.unknown().describe('Likewise; null for a call that failed.'),
  })
  .openapi('Capture');

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const params = z.strictObject({ capture: z.string().regex(ID) });
const query = z.strictObject({
  limit: pageRows.optional(),
  cursor: z.string().regex(ID, 'Give nextCursor of the page before.').optional(),
});

const HOUR_MS = 3_600_000;
const path = '/api/v1/privacy/capture';
const common = { tag: 'Privacy', permission: 'privacy.manage' } as const;

/** Recording some calls for a while, to find a fault. */
export function captureRoutes(deps: ApiDeps): ApiRoute[] {
  return [...settingRoutes(deps), listRoute(deps), getRoute(deps), clearRoute(deps)];
}

const settingRoutes = (deps: ApiDeps): ApiRoute[] => {
  const { captures } = deps.privacy;
  const one = { description: 'What is captured.', schema: settingSchema };
  return [
    defineRoute({
      ...common,
      method: 'get',
      paths: [path],
      operationIds: ['getCapture'],
      summary: 'Show whether calls are captured',
      answers: { 200: one },
      handle: async ({ principal }) => {
        const { setting, totals } = await captures.show(principal.tenant);
        return respondJson(200, settingJson(setting, totals, deps.now()));
      },
    }),
    defineRoute({
      ...common,
      method: 'put',
      paths: [path],
      operationIds: ['startCapture'],
      summary: 'Capture some calls for a while',
      description:
        'Arguments and results of calls are stored nowhere else. What is captured is looked ' +
        'through for secrets and personal data, which are replaced, and is sealed.',
      body: {
        schema: requestSchema,
        example: {
          services: ['orders'],
          sampleRate: 0.1,
          untilMs: 1_800_003_600_000,
          keepHours: 4,
        },
      },
      answers: { 200: one },
      handle: async ({ principal, body }) => {
        const nowMs = deps.now();
        if (body.untilMs <= nowMs || body.untilMs > nowMs + limits.captureMsMax) {
          const problem = `is not within the next ${limits.captureMsMax / HOUR_MS} hours`;
          const fix = `Give at most ${nowMs + limits.captureMsMax}.`;
          throw fieldProblem([{ field: 'untilMs', problem, fix }]);
        }
        const { tenant } = principal;
        const given = { ...body, services: body.services ?? null, tools: body.tools ?? null };
        const setting = await captures.turnOn(tenant, given);
        const { totals } = await captures.show(tenant);
        return respondJson(200, settingJson(setting, totals, nowMs));
      },
    }),
    defineRoute({
      ...common,
      method: 'delete',
      paths: [path],
      operationIds: ['stopCapture'],
      summary: 'Capture no more calls',
      description: 'What was captured stays until it expires.',
      answers: { 204: { description: 'Nothing is captured any more.' } },
      handle: async ({ principal }) => {
        await captures.turnOff(principal.tenant);
        return respondEmpty();
      },
    }),
  ];
};

const listRoute = ({ privacy: { captures } }: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/api/v1/privacy/captures'],
    operationIds: ['listCaptures'],
    summary: 'List the captured calls',
    description: 'The newest first, without what was said in them.',
    query,
    answers: { 200: { description: 'One page.', schema: listSchema } },
    handle: async ({ principal, query: { limit = DEFAULT_PAGE_ROWS, cursor: before } }) => {
      // One row more than wanted tells whether there is another page.
      const found = await captures.list(principal.tenant, { before, rowsMax: limit + 1 });
      const shown = found.slice(0, limit);
      const nextCursor = found.length > limit ? (shown.at(-1)?.id ?? null) : null;
      return respondJson(200, { captures: shown.map(captureJson), nextCursor });
    },
  });

const getRoute = ({ privacy: { captures }, audit }: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/api/v1/privacy/captures/{capture}'],
    operationIds: ['readCapture'],
    summary: 'Read a captured call',
    description: 'The audit log keeps who read it.',
    params,
    answers: { 200: { description: 'The call.', schema: oneSchema } },
    handle: async ({ principal, params: { capture: id } }) => {
      const { capture, content } = await captures.get(principal.tenant, id);
      await audit.record({
        ...whoOf(principal),
        kind: 'control',
        action: 'readCapture',
        outcome: 'ok',
        target: id,
        rule: 'privacy.manage',
        detail: {},
      });
      return respondJson(200, { ...captureJson(capture), ...content });
    },
  });

const clearRoute = ({ privacy: { captures } }: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: ['/api/v1/privacy/captures'],
    operationIds: ['clearCaptures'],
    summary: 'Delete all captured calls',
    answers: { 204: { description: 'Deleted.' } },
    handle: async ({ principal }) => {
      await captures.removeAll(principal.tenant);
      return respondEmpty();
    },
  });

function settingJson(
  setting: CaptureSetting | undefined,
  { captures, bytes }: CaptureTotals,
  nowMs: number,
): z.output<typeof settingSchema> {
  const kept = { captures, bytes, bytesMax: limits.captureBytesPerTenantMax };
  if (setting === undefined) {
    const nothing = { services: null, tools: null, sampleRate: null };
    return { isOn: false, ...nothing, untilMs: null, keepHours: null, ...kept };
  }
  const { services: slugs, tools: names, version: _version, ...rest } = setting;
  return {
    isOn: setting.untilMs > nowMs,
    ...rest,
    services: slugs === null ? null : [...slugs],
    tools: names === null ? null : [...names],
    ...kept,
  };
}

function captureJson({ tenant: _tenant, serviceSlug, ...capture }: Capture) {
  return { ...capture, service: serviceSlug };
}
