import type { JsonObject } from '../../src/kernel/json.ts';
import { commonChanges } from './common-changes.ts';
import { withHeaders, type BaseFrame, type Change, type Frame } from './frame.ts';

const VERSION = '2025-11-25';

const messages: readonly (readonly [string, JsonObject])[] = [
  ['tools/list', {}],
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['tools/call unknown', { name: 'no-such' }],
  ['prompts/get', { name: 'greet' }],
  ['resources/list', {}],
  ['resources/read', { uri: 'test://one' }],
  ['ping', {}],
  ['no/such', {}],
];

const opening: JsonObject = {
  protocolVersion: VERSION,
  capabilities: {},
  clientInfo: { name: 'frames', version: '1' },
};

function baseFrame([name, params]: readonly [string, JsonObject]): BaseFrame {
  const [method = ''] = name.split(' ');
  return {
    era: 'legacy',
    method: name,
    change: 'none',
    httpMethod: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
    },
    body: { jsonrpc: '2.0', id: 1, method, params },
    inSession: true,
  };
}

function openingFrame(change: string, members: JsonObject): Frame {
  const frame = baseFrame(['initialize', { ...opening, ...members }]);
  return { ...frame, change, inSession: false };
}

const sessionChanges: readonly Change[] = [
  { name: 'session absent', apply: (frame) => ({ ...frame, inSession: false }) },
  {
    name: 'session unknown',
    apply: (frame) => ({
      ...withHeaders(frame, { 'mcp-session-id': 'no-such-session' }),
      inSession: false,
    }),
  },
  {
    name: 'session empty',
    apply: (frame) => ({ ...withHeaders(frame, { 'mcp-session-id': '' }), inSession: false }),
  },
  {
    name: 'version header absent',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': undefined }),
  },
  {
    name: 'version header odd',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': '1999-01-01' }),
  },
  {
    name: 'version header older',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': '2025-06-18' }),
  },
  { name: 'method header', apply: (frame) => withHeaders(frame, { 'mcp-method': 'other' }) },
];

const openings: readonly Frame[] = [
  openingFrame('none', {}),
  openingFrame('older version', { protocolVersion: '2025-03-26' }),
  openingFrame('unknown version', { protocolVersion: '1999-01-01' }),
  openingFrame('version absent', { protocolVersion: null }),
  openingFrame('capabilities absent', { capabilities: null }),
  openingFrame('info absent', { clientInfo: null }),
  { ...openingFrame('inside a session', {}), inSession: true },
];

/** Every frame of the legacy era, of one open session on each side. */
export function legacyFrames(): readonly Frame[] {
  const inSession = messages.flatMap((message) => {
    const frame = baseFrame(message);
    const changes = [...commonChanges, ...sessionChanges];
    return [frame, ...changes.map(({ name, apply }) => ({ ...apply(frame), change: name }))];
  });
  const get: Frame = { ...baseFrame(['get', {}]), httpMethod: 'GET', body: undefined };
  const gets: readonly Frame[] = [
    { ...get, change: 'session absent', inSession: false },
    { ...get, change: 'accept json', headers: { accept: 'application/json' } },
    { ...get, change: 'session unknown', headers: { ...get.headers, 'mcp-session-id': 'x' } },
  ].map((frame) => (frame.change === 'session unknown' ? { ...frame, inSession: false } : frame));
  const ends: readonly Frame[] = ['session absent', 'session unknown'].map((change) => ({
    ...get,
    method: 'delete',
    change,
    httpMethod: 'DELETE',
    inSession: false,
    headers: change === 'session absent' ? get.headers : { 'mcp-session-id': 'x' },
  }));
  return [...inSession, ...openings, ...gets, ...ends];
}
