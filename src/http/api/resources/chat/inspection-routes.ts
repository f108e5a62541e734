import { z } from '@hono/zod-openapi';
import { whoOf } from '../../../../audit/audit-act.ts';
import type { AuditLog } from '../../../../audit/audit-log.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { DEFAULT_PAGE_ROWS } from '../../framework/page-rows.ts';
import { respondJson } from '../../framework/respond.ts';
import type { ChatRouteDeps } from './chat-routes.ts';
import { chatId } from './chat-schemas.ts';
import { cursorOf, pageJson, readJson } from './conversation-json.ts';
import { listQuery, listSchema, readSchema } from './conversation-schemas.ts';

/** What looking into the conversations of others needs. */
export type InspectionDeps = ChatRouteDeps & { readonly audit: Pick<AuditLog, 'record'> };

const common = { tag: 'Chat', permission: 'chats.inspect' } as const;

/** The conversations of others, for who may look into them: the audit log keeps who did. */
export function inspectionRoutes({ chat, audit }: InspectionDeps): ApiRoute[] {
  const tell = (principal: Principal, action: string, target: string) =>
    audit.record({
      ...whoOf(principal),
      kind: 'control',
      action,
      outcome: 'ok',
      target,
      rule: 'chats.inspect',
      detail: {},
    });
  return [
    defineRoute({
      ...common,
      method: 'get',
      paths: ['/api/v1/chat/users/{user}/conversations'],
      operationIds: ['listConversationsOfUser'],
      summary: 'List the conversations of a user',
      description: 'The audit log keeps who did.',
      params: z.strictObject({ user: chatId }),
      query: listQuery,
      answers: { 200: { description: 'The last changed first.', schema: listSchema } },
      handle: async ({ principal, params: { user }, query }) => {
        const { limit = DEFAULT_PAGE_ROWS, cursor, search } = query;
        const { conversations } = await chat();
        await tell(principal, 'listConversationsOfUser', user);
        const asked = { ownerId: user, search, before: cursorOf(cursor), rowsMax: limit + 1 };
        const found = await conversations.ofUser(principal.tenant, asked);
        return respondJson(200, pageJson(found, limit));
      },
    }),
    defineRoute({
      ...common,
      method: 'get',
      paths: ['/api/v1/chat/inspected/{conversation}'],
      operationIds: ['inspectConversation'],
      summary: 'Read the conversation of another user',
      description: 'The audit log keeps who did.',
      params: z.strictObject({ conversation: chatId }),
      answers: { 200: { description: 'All of it.', schema: readSchema } },
      handle: async ({ principal, params: { conversation: id } }) => {
        const read = await (await chat()).conversations.inspect(principal.tenant, id);
        await tell(principal, 'inspectConversation', id);
        return respondJson(200, readJson(read));
      },
    }),
  ];
}
