import { z } from '@hono/zod-openapi';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { DEFAULT_PAGE_ROWS } from '../../framework/page-rows.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  conversationJson,
  cursorOf,
  messageJson,
  pageJson,
  readJson,
} from './conversation-json.ts';
import {
  conversationSchema,
  exportQuery,
  forkSchema,
  linkSchema,
  listQuery,
  listSchema,
  readSchema,
  sharedSchema,
  titleSchema,
} from './conversation-schemas.ts';
import type { ChatRouteDeps } from './chat-routes.ts';
import { chatId } from './chat-schemas.ts';

const base = '/api/v1/chat/conversations';
const one = `${base}/{conversation}`;
const params = z.strictObject({ conversation: chatId });
const common = { tag: 'Chat', permission: 'chat.use' } as const;
const shown = { description: 'The conversation.', schema: conversationSchema };

/** A user's own conversations: whatever is another's does not exist. */
export function conversationRoutes(deps: ChatRouteDeps): ApiRoute[] {
  return [
    listRoute(deps),
    readRoute(deps),
    renameRoute(deps),
    deleteRoute(deps),
    exportRoute(deps),
    forkRoute(deps),
    ...linkRoutes(deps),
    artifactRoute(deps),
  ];
}

const listRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: [base],
    operationIds: ['listConversations'],
    summary: 'List your conversations, or search them',
    query: listQuery,
    answers: { 200: { description: 'The last changed first.', schema: listSchema } },
    handle: async ({ principal, query: { limit = DEFAULT_PAGE_ROWS, cursor, search } }) => {
      const { conversations } = await chat();
      // One row more than wanted tells whether there is another page.
      const asked = { search, before: cursorOf(cursor), rowsMax: limit + 1 };
      return respondJson(200, pageJson(await conversations.list(principal, asked), limit));
    },
  });

const readRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: [one],
    operationIds: ['getConversation'],
    summary: 'Read a conversation',
    params,
    answers: { 200: { description: 'All of it.', schema: readSchema } },
    versioned: true,
    handle: async ({ principal, params: { conversation: id } }) => {
      const read = await (await chat()).conversations.read(principal, id);
      return respondJson(200, readJson(read), entityTag(read.conversation));
    },
  });

const renameRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'patch',
    paths: [one],
    operationIds: ['renameConversation'],
    summary: 'Give a conversation another title',
    params,
    body: { schema: titleSchema, example: { title: 'Late orders' } },
    answers: { 200: shown },
    versioned: true,
    handle: async ({ principal, params: { conversation: id }, body: { title }, ifVersion }) => {
      const { conversations } = await chat();
      const renamed = await conversations.rename(principal, id, title, ifVersion);
      return respondJson(200, conversationJson(renamed), entityTag(renamed));
    },
  });

const deleteRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: [one],
    operationIds: ['deleteConversation'],
    summary: 'Delete a conversation with its files and runs',
    params,
    answers: { 204: { description: 'Deleted.' } },
    handle: async ({ principal, params: { conversation: id } }) => {
      await (await chat()).conversations.remove(principal, id);
      return respondEmpty();
    },
  });

const exportRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: [`${one}/export`],
    operationIds: ['exportConversation'],
    summary: 'Take a conversation with you, as JSON or a line for each message',
    params,
    query: exportQuery,
    answers: { 200: { description: 'All of it.' } },
    handle: async ({ principal, params: { conversation: id }, query: { format = 'json' } }) => {
      const read = await (await chat()).conversations.read(principal, id);
      const isLines = format === 'jsonl';
      const text = isLines
        ? read.messages.map((message) => `${JSON.stringify(messageJson(message))}\n`).join('')
        : JSON.stringify(readJson(read), null, 2);
      return new Response(text, {
        headers: {
          'Content-Type': isLines ? 'application/x-ndjson' : 'application/json; charset=utf-8',
          'Content-Disposition': `attachment; filename="${id}.${format}"`,
        },
      });
    },
  });

const forkRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: [`${one}/fork`],
    operationIds: ['forkConversation'],
    summary: 'Begin another conversation with everything up to a message',
    params,
    body: { schema: forkSchema, example: { messageId: 'msg_1' } },
    answers: { 201: shown },
    errors: ['conflict'],
    handle: async ({ principal, params: { conversation: id }, body: { messageId } }) => {
      const forked = await (await chat()).conversations.fork(principal, id, messageId);
      return respondJson(201, conversationJson(forked), { Location: `${base}/${forked.id}` });
    },
  });

const sharedPath = '/api/v1/chat/shared';

const linkRoutes = ({ chat }: ChatRouteDeps): ApiRoute[] => [
  defineRoute({
    ...common,
    method: 'post',
    paths: [`${one}/link`],
    operationIds: ['shareConversation'],
    summary: 'Make a link that shows the conversation as it is now to the tenant',
    description: 'What is said later is not shown, nor are files. A new link ends the one before.',
    params,
    answers: { 201: { description: 'The link.', schema: linkSchema } },
    errors: ['conflict'],
    secretOnce: true,
    handle: async ({ principal, params: { conversation: id } }) => {
      const token = await (await chat()).conversations.share(principal, id);
      return respondJson(201, { token, path: `${sharedPath}/${token}` });
    },
  }),
  defineRoute({
    ...common,
    method: 'delete',
    paths: [`${one}/link`],
    operationIds: ['unshareConversation'],
    summary: 'End the link of a conversation',
    params,
    answers: { 204: { description: 'Nobody else sees it any more.' } },
    handle: async ({ principal, params: { conversation: id } }) => {
      await (await chat()).conversations.unshare(principal, id);
      return respondEmpty();
    },
  }),
  defineRoute({
    ...common,
    method: 'get',
    paths: [`${sharedPath}/{token}`],
    operationIds: ['getSharedConversation'],
    summary: 'Read what a link shows',
    params: z.strictObject({ token: z.string().regex(/^[A-Za-z0-9_-]{32}$/) }),
    answers: { 200: { description: 'The conversation as it was then.', schema: sharedSchema } },
    handle: async ({ principal, params: { token } }) => {
      const read = await (await chat()).conversations.shared(principal, token);
      const { title, createdAtMs } = read.conversation;
      return respondJson(200, { title, createdAtMs, messages: read.messages.map(messageJson) });
    },
  }),
];

/** Images that no browser takes for a page. */
const INLINE = /^image\/(png|jpeg|gif|webp)$/;

const artifactRoute = ({ chat }: ChatRouteDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/api/v1/chat/artifacts/{artifact}'],
    operationIds: ['getChatArtifact'],
    summary: 'Fetch a file of your conversations',
    params: z.strictObject({ artifact: chatId }),
    answers: { 200: { description: 'Its bytes; what is no image comes as an attachment.' } },
    handle: async ({ principal, params: { artifact: id } }) => {
      const { bytes, mediaType, name } = await (await chat()).conversations.artifact(principal, id);
      const isShown = INLINE.test(mediaType);
      const disposition = isShown ? 'inline' : 'attachment';
      const fileName = encodeURIComponent(name ?? id);
      return new Response(Buffer.from(bytes), {
        headers: {
          'Content-Type': isShown ? mediaType : 'application/octet-stream',
          'Content-Disposition': `${disposition}; filename*=UTF-8''${fileName}`,
          'Content-Security-Policy': "default-src 'none'; sandbox",
          'X-Content-Type-Options': 'nosniff',
        },
      });
    },
  });
