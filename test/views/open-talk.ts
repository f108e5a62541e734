import { Conversation } from '../../src/gateway/calls/conversation.ts';
import type { Endpoint } from '../../src/gateway/exchange.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { envelope, modernHeaders } from '../support/mcp-post.ts';
import { readEvents } from '../support/read-events.ts';
import { talkSocket } from '../support/talk-socket.ts';
import { until } from '../support/until.ts';
import type { World } from './world.ts';
import { httpSend } from './http-send.ts';
import { heardMessage, type Heard, type Talk } from './talk.ts';

/** Which revision's client talks. */
export type ClientEra = 'modern' | 'legacy';

/** Whose talk it is, and where to. */
export interface TalkAddress {
  readonly world: World;
  readonly token: string;
  readonly path: string;
  readonly era: ClientEra;
}

const HELLO: JsonObject = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

function messageOf(
  era: ClientEra,
  id: number,
  method: string,
  params: JsonObject,
  capabilities: JsonObject = {},
): JsonObject {
  const modern = { ...params, _meta: envelope(capabilities) };
  return { jsonrpc: '2.0', id, method, params: era === 'modern' ? modern : params };
}

/** What a posted message was answered with. */
export interface Posted extends Heard {
  readonly sessionId: string | undefined;
  readonly body: JsonObject | undefined;
}

/** Posts one message and reads all of the answer, JSON or event stream. */
export async function postHeard(
  { world, path }: Pick<TalkAddress, 'world' | 'path'>,
  message: JsonObject,
  headers: Readonly<Record<string, string>>,
): Promise<Posted> {
  const sent = JSON.stringify(message);
  const answer = await httpSend(`${world.doors.url}${path}`, 'POST', headers, sent);
  const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
  const events = isStream ? [...answer.text.matchAll(/^data: (.+)$/gm)] : [];
  const last = isStream ? (events.at(-1)?.[1] ?? '') : answer.text;
  const body = last === '' ? undefined : (JSON.parse(last) as JsonObject);
  const heard = heardMessage(body, answer.status);
  const sessionId = answer.headers['mcp-session-id'];
  return {
    ...heard,
    text: `${JSON.stringify(answer.headers)}${answer.text}`,
    body,
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
  };
}

/** Streamable HTTP: a request is a POST; a legacy client opens a session first. */
export async function talkHttp(address: TalkAddress): Promise<Talk> {
  const { era, token } = address;
  const types = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  let next = 1;
  let session: Record<string, string> = {};
  const ask: Talk['ask'] = async (method, params = {}, capabilities = {}) => {
    const body = messageOf(era, next++, method, params, capabilities);
    const named = params['name'] ?? params['uri'] ?? params['taskId'];
    const name = typeof named === 'string' ? named : undefined;
    const modern = { ...modernHeaders(method, name), ...bearer(token) };
    const headers = era === 'modern' ? modern : { ...types, ...bearer(token), ...session };
    return await postHeard(address, body, headers);
  };
  if (era === 'modern') return { opening: undefined, ask, close: () => {} };
  const hello = messageOf(era, 0, 'initialize', HELLO);
  const opening = await postHeard(address, hello, { ...types, ...bearer(token) });
  const id = opening.sessionId;
  if (id !== undefined) session = { 'mcp-session-id': id };
  const close = async (): Promise<void> => {
    const url = `${address.world.doors.url}${address.path}`;
    await httpSend(url, 'DELETE', { ...bearer(token), ...session });
  };
  return { opening, ask, close: id === undefined ? () => {} : close };
}

interface Line {
  say(message: JsonObject): unknown;
  next(fits: (message: JsonObject) => boolean): Promise<JsonObject>;
  close(): void;
}

/** A connection that carries whole messages; a legacy client introduces itself first. */
async function talkLine(era: ClientEra, line: Line): Promise<Talk> {
  let next = 1;
  const send = async (message: JsonObject): Promise<Heard> => {
    await line.say(message);
    return heardMessage(await line.next(({ id }) => id === message['id']));
  };
  const opening = era === 'legacy' ? await send(messageOf(era, 0, 'initialize', HELLO)) : undefined;
  return {
    opening,
    ask: async (method, params = {}, capabilities = {}) =>
      await send(messageOf(era, next++, method, params, capabilities)),
    close: () => line.close(),
  };
}

/** WebSocket. */
export async function talkWebSocket({ world, token, path, era }: TalkAddress): Promise<Talk> {
  const talk = await talkSocket(world.doors.url, path, { headers: bearer(token) });
  return await talkLine(era, { ...talk, close: () => talk.socket.close() });
}

/** HTTP+SSE: answers come on the stream that the client opened. */
export async function talkSse({ world, token, path, era }: TalkAddress): Promise<Talk> {
  const leave = new AbortController();
  const url = `${world.doors.url}${path}`;
  const headers = { ...bearer(token), accept: 'text/event-stream' };
  const response = await fetch(url, { headers, signal: leave.signal });
  const reader = readEvents(response);
  await until(() => reader.events.length > 0);
  const messagesUrl = new URL(reader.events[0]?.data ?? '', url);
  return await talkLine(era, {
    say: async (message) => {
      const types = { 'content-type': 'application/json' };
      const text = JSON.stringify(message);
      await httpSend(messagesUrl.href, 'POST', { ...bearer(token), ...types }, text);
    },
    next: reader.next,
    close: () => leave.abort(),
  });
}

/** Single messages to a session that has no stream open. */
export function talkOnce(address: TalkAddress): Talk {
  const { era, token } = address;
  let next = 1;
  const headers = { ...bearer(token), 'content-type': 'application/json' };
  const ask: Talk['ask'] = (method, params = {}, capabilities = {}) =>
    postHeard(address, messageOf(era, next++, method, params, capabilities), headers);
  return { opening: undefined, ask, close: () => {} };
}

/** The conversation that stdio is, without its lines. */
export async function talkLocal(
  { world, token, era }: Omit<TalkAddress, 'path'>,
  endpoint: Endpoint,
): Promise<Talk> {
  const came: JsonObject[] = [];
  let wake = (): void => {};
  const take = (message: string | Buffer): undefined => {
    came.push(JSON.parse(message.toString()) as JsonObject);
    wake();
  };
  const { gateway, admit } = world.doors;
  const caller = { admit: () => admit(token), sessionId: null };
  const context = { gateway, endpoint, ...caller, log: silentLog, ids: new IdSource() };
  const conversation = new Conversation(context, { send: take, message: take });
  return await talkLine(era, {
    say: (message) => conversation.receive(Buffer.from(JSON.stringify(message))),
    next: async (fits) => {
      for (;;) {
        const found = came.find(fits);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close: () => conversation.close(),
  });
}
