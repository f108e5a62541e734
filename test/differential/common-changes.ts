import type { Json, JsonObject } from '../../src/kernel/json.ts';
import {
  withHeaders,
  withMembers,
  withoutMember,
  type BaseFrame,
  type Change,
  type Frame,
} from './frame.ts';

const whole = (frame: BaseFrame, body: Frame['body']): Frame => ({ ...frame, body });
const headerChange = (name: string, headers: Frame['headers']): Change => ({
  name,
  apply: (frame) => withHeaders(frame, headers),
});
const memberChange = (name: string, member: string, value: Json): Change => ({
  name,
  apply: (frame) => withMembers(frame, { [member]: value }),
});
const withoutChange = (name: string, member: string): Change => ({
  name,
  apply: (frame) => withoutMember(frame, member),
});

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** What can be wrong with a message of either era. */
export const commonChanges: readonly Change[] = [
  memberChange('jsonrpc 1.0', 'jsonrpc', '1.0'),
  memberChange('jsonrpc number', 'jsonrpc', 2),
  withoutChange('jsonrpc absent', 'jsonrpc'),
  withoutChange('notification', 'id'),
  memberChange('id null', 'id', null),
  memberChange('id fraction', 'id', 1.5),
  memberChange('id boolean', 'id', true),
  memberChange('id object', 'id', {}),
  memberChange('id text', 'id', 'request-1'),
  memberChange('id empty', 'id', ''),
  memberChange('id zero', 'id', 0),
  memberChange('id long', 'id', 'i'.repeat(300)),
  withoutChange('method absent', 'method'),
  memberChange('method number', 'method', 7),
  memberChange('method null', 'method', null),
  withoutChange('params absent', 'params'),
  memberChange('params list', 'params', []),
  memberChange('params text', 'params', 'x'),
  memberChange('params null', 'params', null),
  memberChange('other member', 'extra', { a: 1 }),
  { name: 'batch', apply: (frame) => whole(frame, [frame.body]) },
  { name: 'batch empty', apply: (frame) => whole(frame, []) },
  {
    name: 'response',
    apply: (frame) => whole(frame, { jsonrpc: '2.0', id: 1, result: {} }),
  },
  {
    name: 'result and error',
    apply: (frame) => {
      const error = { code: 1, message: 'x' };
      return whole(frame, { jsonrpc: '2.0', id: 1, result: {}, error });
    },
  },
  { name: 'body empty', apply: (frame) => whole(frame, Buffer.alloc(0)) },
  { name: 'body cut', apply: (frame) => whole(frame, cut(frame.body)) },
  { name: 'body number', apply: (frame) => whole(frame, 7) },
  { name: 'body null', apply: (frame) => whole(frame, null) },
  { name: 'body text', apply: (frame) => whole(frame, 'text') },
  { name: 'body no utf-8', apply: (frame) => whole(frame, Buffer.from([0x22, 0xff, 0xfe, 0x22])) },
  { name: 'body deep', apply: (frame) => whole(frame, Buffer.from(nested(2_000))) },
  headerChange('accept json', { accept: 'application/json' }),
  headerChange('accept events', { accept: 'text/event-stream' }),
  headerChange('accept html', { accept: 'text/html' }),
  headerChange('accept absent', { accept: undefined }),
  headerChange('accept any', { accept: '*/*' }),
  headerChange('type text', { 'content-type': 'text/plain' }),
  headerChange('type absent', { 'content-type': undefined }),
  headerChange('type with charset', { 'content-type': 'application/json; charset=utf-8' }),
  headerChange('other header', { 'x-other': '1' }),
  { name: 'put', apply: (frame) => ({ ...frame, httpMethod: 'PUT' }) },
];

function cut(body: JsonObject): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(text.slice(0, text.length / 2));
}
