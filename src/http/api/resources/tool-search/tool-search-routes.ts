import { z } from '@hono/zod-openapi';
import { whoOf } from '../../../../audit/audit-act.ts';
import type { AuditLog } from '../../../../audit/audit-log.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ToolSearchSetting, ToolUseStore } from '../../../../tool-search/store.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

/** What the routes of the search over tools need. */
export interface ToolSearchRouteDeps {
  readonly toolUses: ToolUseStore;
  /** Whether the gateway learns at all. */
  readonly learnsAtAll: boolean;
}

type Deps = ToolSearchRouteDeps & { readonly audit: Pick<AuditLog, 'record'> };

const settingSchema = z
  .strictObject({
    learns: z.boolean().describe('Whether searches of the tenant learn, and use what they learnt.'),
    isAllowed: z.boolean().describe('False where the configuration of the gateway says so.'),
    version: z.int().describe('0 until anything was set.'),
  })
  .openapi('ToolSearchLearning');

const changeSchema = z.strictObject({ learns: z.boolean() }).openapi('ToolSearchLearningChange');

const listSchema = z
  .strictObject({
    uses: z.array(
      z.strictObject({
        serviceId: z.string(),
        tool: z.string().describe("The tool's own name."),
        query: z.string().describe('What was searched for.'),
        subjects: z.int().describe('How many people and service accounts confirmed it.'),
        lastAtMs: z.int().describe('When that was last so, epoch milliseconds.'),
      }),
    ),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('ToolUses');

const filter = {
  serviceId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .describe('Of this service alone.')
    .optional(),
  tool: z.string().min(1).max(limits.toolNameLengthMax).describe('Of this tool alone.').optional(),
};

const query = z.strictObject({
  ...filter,
  limit: pageRows.optional(),
  cursor: z.string().max(8_000).optional(),
});

const cursorSchema = z.tuple([z.string(), z.string(), z.string()]);

const common = { tag: 'Tool search', permission: 'tool-search.manage' } as const;
const path = '/api/v1/tool-search/learning';
const usesPath = '/api/v1/tool-search/uses';
const one = { description: 'Whether it learns.', schema: settingSchema };

/** What searches over tools learnt: shown without names, forgotten, switched off. */
export function toolSearchRoutes(deps: Deps): ApiRoute[] {
  return [...settingRoutes(deps), listRoute(deps), clearRoute(deps)];
}

function settingRoutes({ toolUses, learnsAtAll }: Deps): ApiRoute[] {
  const shown = (setting: ToolSearchSetting): Response =>
    respondJson(
      200,
      { ...setting, isAllowed: learnsAtAll },
      setting.version === 0 ? {} : entityTag(setting),
    );
  return [
    defineRoute({
      ...common,
      method: 'get',
      paths: [path],
      operationIds: ['getToolSearchLearning'],
      summary: 'Show whether searches over tools learn',
      answers: { 200: one },
      versioned: true,
      handle: async ({ principal }) => shown(await toolUses.setting(principal.tenant)),
    }),
    defineRoute({
      ...common,
      method: 'patch',
      paths: [path],
      operationIds: ['changeToolSearchLearning'],
      summary: 'Say whether searches over tools learn',
      description: 'What was learnt stays, unused, until it is cleared or old.',
      body: { schema: changeSchema, example: { learns: false } },
      answers: { 200: one },
      errors: ['conflict'],
      versioned: true,
      handle: async ({ principal, body, ifVersion }) =>
        shown(await toolUses.putSetting(principal.tenant, body.learns, ifVersion)),
    }),
  ];
}

const listRoute = ({ toolUses, audit }: Deps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: [usesPath],
    operationIds: ['listToolUses'],
    summary: 'List what tools were used for after searches',
    description: 'By service and tool, without who searched. The audit log keeps who read it.',
    query,
    answers: { 200: { description: 'One page.', schema: listSchema } },
    handle: async ({ principal, query: { limit = DEFAULT_PAGE_ROWS, cursor, ...asked } }) => {
      const { tenant } = principal;
      // One row more than wanted tells whether there is another page.
      const page = { ...asked, after: placeOf(cursor), rowsMax: limit + 1 };
      const found = await toolUses.list(tenant, page);
      await audit.record({
        ...whoOf(principal),
        kind: 'control',
        action: 'listToolUses',
        outcome: 'ok',
        target: asked.serviceId ?? null,
        rule: common.permission,
        detail: {},
      });
      const uses = found.slice(0, limit);
      const last = found.length > limit ? uses.at(-1) : undefined;
      const nextCursor = last === undefined ? null : cursorOf(last);
      return respondJson(200, { uses, nextCursor });
    },
  });

const clearRoute = ({ toolUses }: Deps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: [usesPath],
    operationIds: ['clearToolUses'],
    summary: 'Forget what searches over tools learnt',
    description: 'All of the tenant, of a service, or of one tool.',
    query: z.strictObject(filter),
    answers: { 204: { description: 'Forgotten.' } },
    actDetail: ({ serviceId = null, tool = null }) => ({ serviceId, tool }),
    handle: async ({ principal, query: asked }) => {
      await toolUses.clear(principal.tenant, asked);
      return respondEmpty();
    },
  });

type Place = { readonly serviceId: string; readonly tool: string; readonly query: string };

const cursorOf = ({ serviceId, tool, query: said }: Place): string =>
  Buffer.from(JSON.stringify([serviceId, tool, said])).toString('base64url');

/** The place that a cursor stands for. Throws `invalid_params` for one that nobody was given. */
function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const [serviceId, tool, said] = cursorSchema.parse(JSON.parse(text));
    return { serviceId, tool, query: said };
  } catch {
    const problem = 'is no cursor of this list';
    throw fieldProblem([{ field: 'cursor', problem, fix: 'Give nextCursor of the page before.' }]);
  }
}
