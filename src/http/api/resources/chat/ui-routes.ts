import { z } from '@hono/zod-openapi';
import type { NewArtifact } from '../../../../chat/conversations/artifact-store.ts';
import { isOfType, isSentType } from '../../../../chat/conversations/check-file.ts';
import type { ChatDesk } from '../../../../chat/desk/chat-desk.ts';
import type { ChatRun } from '../../../../chat/chat-run.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty } from '../../framework/respond.ts';
import type { ChatRouteDeps } from './chat-routes.ts';
import { chatId } from './chat-schemas.ts';
import { EVENT_STREAM, eventStream, type StreamEvent } from './event-stream.ts';
import { UiChunks } from './ui-chunks.ts';

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().max(limits.chatMessageCharactersMax).optional(),
  mediaType: z.string().optional(),
  filename: z.string().max(limits.chatFileNameCharactersMax).optional(),
  url: z.string().optional(),
});
const messageSchema = z.looseObject({
  role: z.string(),
  parts: z.array(partSchema).max(1 + limits.chatFilesMax),
});

const bodySchema = z
  .strictObject({
    id: z.string().max(limits.titleLengthMax).optional().describe('The conversation, if `cnv_…`.'),
    session_id: chatId.optional(),
    message: messageSchema.optional(),
    messages: z
      .array(z.looseObject({ role: z.string() }))
      .max(2 * limits.chatMessagesPerConversationMax)
      .optional()
      .describe('The last one counts: what was said before is what the gateway has kept.'),
    trigger: z.enum(['submit-message', 'regenerate-message']).optional(),
    messageId: z.string().max(limits.titleLengthMax).optional(),
    parent_id: chatId.nullable().optional(),
    model: z.string().min(1).max(limits.titleLengthMax).optional(),
  })
  .openapi('UiChatRequest');

const common = { tag: 'Chat', permission: 'chat.use' } as const;
const STREAM_HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' } as const;

/** Chats as streams of UI messages, as the AI SDK's `useChat` reads them. */
export function uiRoutes({ chat }: ChatRouteDeps): ApiRoute[] {
  return [
    defineRoute({
      ...common,
      method: 'post',
      paths: ['/chat/ui'],
      operationIds: ['chatFromUi'],
      summary: 'Say something from a browser, and read a UI message stream',
      description:
        'The AI SDK’s UI message stream, version 1. `data-run` names conversation and run, ' +
        '`data-waiting` what it waits for, `data-cost` what it cost.',
      body: {
        schema: bodySchema,
        bytesMax: limits.chatBodyBytesMax,
        example: { message: { role: 'user', parts: [{ type: 'text', text: 'Hello' }] } },
      },
      answers: { 200: { description: 'The stream.', mediaType: EVENT_STREAM } },
      errors: ['not_found', 'conflict', 'run_open', 'model_not_configured', 'model_unknown'],
      handle: async ({ principal, body }) => {
        const desk = await chat();
        const { text, files } = lastMessage(body);
        const own = body.id?.startsWith('cnv_') === true ? body.id : undefined;
        const run = await desk.say(principal, {
          text,
          files,
          conversationId: body.session_id ?? own,
          parentId: body.parent_id,
          model: body.model,
          limits: {},
        });
        return streamed(desk, principal, run);
      },
    }),
    defineRoute({
      ...common,
      method: 'get',
      paths: ['/chat/ui/{conversation}/stream'],
      operationIds: ['resumeUiChat'],
      summary: 'Read the open run of a conversation again, as a UI message stream',
      params: z.strictObject({ conversation: chatId }),
      answers: {
        200: { description: 'The stream.', mediaType: EVENT_STREAM },
        204: { description: 'No run is open.' },
      },
      handle: async ({ principal, params: { conversation: id } }) => {
        const desk = await chat();
        const { lastRun } = await desk.conversations.read(principal, id);
        if (lastRun === undefined || lastRun.status === 'finished') return respondEmpty();
        return streamed(desk, principal, lastRun);
      },
    }),
  ];
}

const DATA_URL = /^data:([a-z]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/;

/** What was said last; whatever a client says was said before counts for nothing. */
function lastMessage({ message, messages }: z.output<typeof bodySchema>): {
  readonly text: string;
  readonly files: readonly NewArtifact[];
} {
  const field = message === undefined ? 'messages' : 'message';
  const parsed = messageSchema.safeParse(message ?? messages?.at(-1));
  if (!parsed.success || parsed.data.role !== 'user') {
    throw wrong(field, 'is no message of a user', 'Send a user message with parts.');
  }
  const text = parsed.data.parts
    .flatMap((part) => (part.type === 'text' ? part.text : []))
    .join('');
  const files = parsed.data.parts.filter(({ type }) => type === 'file').map(fileOf);
  if (text === '') throw wrong(field, 'says nothing', 'Send a part of type text.');
  return { text, files };
}

function fileOf({ url = '', filename }: z.output<typeof partSchema>): NewArtifact {
  const [, mediaType = '', data = ''] = DATA_URL.exec(url) ?? [];
  const bytes = Buffer.from(data, 'base64');
  if (!isSentType(mediaType) || !isOfType(bytes, mediaType)) {
    throw wrong('message.parts', 'has a file that cannot be taken', 'Send it as a data URL.');
  }
  return { bytes, mediaType, ...(filename !== undefined && { name: filename }) };
}

function wrong(field: string, problem: string, fix: string) {
  return fieldProblem([{ field, problem, fix }]);
}

async function streamed(desk: ChatDesk, principal: Principal, run: ChatRun): Promise<Response> {
  const reading = new AbortController();
  const followed = await desk.follow(principal, run.id, 0, reading.signal);
  async function* events(): AsyncGenerator<StreamEvent> {
    const chunks = new UiChunks();
    for (const data of chunks.start(run.id, run.conversationId, run.id)) yield { data };
    for await (const numbered of followed) {
      for (const data of chunks.of(numbered)) yield { data };
    }
    for (const data of chunks.end(await desk.summary(principal, run.id))) yield { data };
    yield { data: '[DONE]' };
  }
  return eventStream(events(), () => reading.abort(), STREAM_HEADERS);
}
