import { z } from '@hono/zod-openapi';
import type { AgentBook } from '../../../../chat/agents/agent-book.ts';
import type { Models } from '../../../../chat/models/create-models.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

/** What the list needs; both are loaded when they are first asked for. */
export interface ModelListDeps {
  models(): Promise<Models>;
  agents(): Promise<AgentBook>;
}

const listSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      z.strictObject({
        id: z.string().describe('`provider/model`, `agent/{slug}` or `default`.'),
        object: z.literal('model'),
        created: z.int(),
        owned_by: z.string(),
      }),
    ),
  })
  .openapi('ModelList');

/** What clients of OpenAI's API find under the names that `model` takes. */
export function modelListRoutes({ models, agents }: ModelListDeps): ApiRoute[] {
  return [
    defineRoute({
      tag: 'Chat',
      permission: 'chat.use',
      method: 'get',
      paths: ['/v1/models'],
      operationIds: ['listOpenAiModels'],
      summary: 'List models and agents by OpenAI’s protocol',
      answers: { 200: { description: 'The models, then the agents.', schema: listSchema } },
      handle: async ({ principal: { tenant } }) => {
        const [{ book }, kept] = await Promise.all([models(), agents()]);
        const [cards, all] = await Promise.all([book.list(tenant), kept.list(tenant)]);
        const entry = (id: string, createdAtMs: number, owner: string) => {
          const created = Math.floor(createdAtMs / 1_000);
          return { id, object: 'model' as const, created, owned_by: owner };
        };
        const shown = all.filter(({ published }) => published !== null);
        const data = [
          ...(cards.length === 0 ? [] : [entry('default', 0, 'gateway')]),
          ...cards.map(({ name, provider }) => entry(name, 0, provider)),
          ...shown.map(({ slug, createdAtMs }) => entry(`agent/${slug}`, createdAtMs, 'gateway')),
        ];
        return respondJson(200, { object: 'list', data });
      },
    }),
  ];
}
