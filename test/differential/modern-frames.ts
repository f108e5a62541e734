import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { commonChanges } from './common-changes.ts';
import { withHeaders, withMembers, type BaseFrame, type Change, type Frame } from './frame.ts';

const VERSION = '2026-07-28';
const key = (name: string): string => `io.modelcontextprotocol/${name}`;

const envelope: JsonObject = {
  [key('protocolVersion')]: VERSION,
  [key('clientInfo')]: { name: 'frames', version: '1' },
  [key('clientCapabilities')]: {},
};

const messages: readonly (readonly [string, JsonObject])[] = [
  ['server/discover', {}],
  ['tools/list', {}],
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'greet' }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'test://one' }],
  ['subscriptions/listen', { notifications: { toolsListChanged: true } }],
  ['initialize', { protocolVersion: VERSION, capabilities: {} }],
  ['ping', {}],
  ['logging/setLevel', { level: 'info' }],
  ['resources/subscribe', { uri: 'test://one' }],
  ['no/such', {}],
];

function baseFrame([method, params]: readonly [string, JsonObject]): BaseFrame {
  const named = params['name'] ?? params['uri'];
  return {
    era: 'modern',
    method,
    change: 'none',
    httpMethod: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(typeof named === 'string' ? { 'mcp-name': named } : {}),
    },
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: envelope } },
    inSession: false,
  };
}

function withMeta(frame: BaseFrame, meta: Json): Frame {
  const params = frame.body['params'] as JsonObject;
  return withMembers(frame, { params: { ...params, _meta: meta } });
}

/** Sets one key of the envelope; undefined takes it out. */
function withKey(frame: BaseFrame, name: string, value: Json | undefined): Frame {
  const { [name]: _, ...rest } = envelope;
  return withMeta(frame, value === undefined ? rest : { ...rest, [name]: value });
}

function withVersion(frame: BaseFrame, version: string): Frame {
  const changed = withKey(frame, key('protocolVersion'), version);
  return { ...changed, headers: { ...frame.headers, 'mcp-protocol-version': version } };
}

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;

const metaChanges: readonly Change[] = [
  { name: 'meta array', apply: (frame) => withMeta(frame, []) },
  { name: 'meta text', apply: (frame) => withMeta(frame, 'x') },
  { name: 'meta empty', apply: (frame) => withMeta(frame, {}) },
  { name: 'version absent', apply: (frame) => withKey(frame, key('protocolVersion'), undefined) },
  { name: 'version number', apply: (frame) => withKey(frame, key('protocolVersion'), 2026) },
  { name: 'version null', apply: (frame) => withKey(frame, key('protocolVersion'), null) },
  {
    name: 'capabilities absent',
    apply: (frame) => withKey(frame, key('clientCapabilities'), undefined),
  },
  { name: 'capabilities list', apply: (frame) => withKey(frame, key('clientCapabilities'), []) },
  { name: 'capabilities text', apply: (frame) => withKey(frame, key('clientCapabilities'), 'x') },
  { name: 'info absent', apply: (frame) => withKey(frame, key('clientInfo'), undefined) },
  { name: 'info text', apply: (frame) => withKey(frame, key('clientInfo'), 'x') },
  { name: 'level known', apply: (frame) => withKey(frame, key('logLevel'), 'debug') },
  { name: 'token text', apply: (frame) => withKey(frame, 'progressToken', 'p') },
  { name: 'token zero', apply: (frame) => withKey(frame, 'progressToken', 0) },
  { name: 'meta other key', apply: (frame) => withKey(frame, 'example.org/own', { a: [1] }) },
  { name: 'trace', apply: (frame) => withKey(frame, 'traceparent', 'no trace') },
];

const versionChanges: readonly Change[] = [
  { name: 'version future', apply: (frame) => withVersion(frame, '2099-01-01') },
  { name: 'version odd', apply: (frame) => withVersion(frame, '2026-07-28x') },
  {
    name: 'version future in body',
    apply: (frame) => withKey(frame, key('protocolVersion'), '2099-01-01'),
  },
  {
    name: 'version legacy in body',
    apply: (frame) => withKey(frame, key('protocolVersion'), '2025-11-25'),
  },
  {
    name: 'version header absent',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': undefined }),
  },
  {
    name: 'version header future',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': '2099-01-01' }),
  },
  {
    name: 'version header legacy',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': '2025-11-25' }),
  },
  {
    name: 'version header empty',
    apply: (frame) => withHeaders(frame, { 'mcp-protocol-version': '' }),
  },
];

const headerChanges: readonly Change[] = [
  {
    name: 'method header absent',
    apply: (frame) => withHeaders(frame, { 'mcp-method': undefined }),
  },
  {
    name: 'method header other',
    apply: (frame) => withHeaders(frame, { 'mcp-method': 'tools/other' }),
  },
  {
    name: 'method header in capitals',
    apply: (frame) => withHeaders(frame, { 'mcp-method': frame.method.toUpperCase() }),
  },
  { name: 'method header empty', apply: (frame) => withHeaders(frame, { 'mcp-method': '' }) },
  {
    name: 'session header',
    apply: (frame) => withHeaders(frame, { 'mcp-session-id': 'of-another-era' }),
  },
  {
    name: 'last event header',
    apply: (frame) => withHeaders(frame, { 'last-event-id': '17' }),
  },
];

const nameChanges: readonly Change[] = [
  { name: 'name header absent', apply: (frame) => withHeaders(frame, { 'mcp-name': undefined }) },
  { name: 'name header other', apply: (frame) => withHeaders(frame, { 'mcp-name': 'other' }) },
  {
    name: 'name header in capitals',
    apply: (frame) => withHeaders(frame, { 'mcp-name': nameOf(frame).toUpperCase() }),
  },
  {
    name: 'name header encoded',
    apply: (frame) => withHeaders(frame, { 'mcp-name': base64(nameOf(frame)) }),
  },
  {
    name: 'name header encoded, other',
    apply: (frame) => withHeaders(frame, { 'mcp-name': base64('other') }),
  },
  {
    name: 'name header badly encoded',
    apply: (frame) => withHeaders(frame, { 'mcp-name': '=?base64?%%%?=' }),
  },
  { name: 'unknown', apply: (frame) => withName(frame, 'no-such') },
  { name: 'unknown with encoded header', apply: (frame) => withName(frame, 'größe') },
];

function nameOf(frame: BaseFrame): string {
  return frame.headers['mcp-name'] ?? '';
}

function withName(frame: BaseFrame, name: string): Frame {
  const params = frame.body['params'] as JsonObject;
  const member = 'uri' in params ? 'uri' : 'name';
  const value = member === 'uri' ? `test://${name}` : name;
  const isPlain = /^[\x21-\x7e]+$/.test(value);
  const changed = withMembers(frame, { params: { ...params, [member]: value } });
  return {
    ...changed,
    headers: { ...frame.headers, 'mcp-name': isPlain ? value : base64(value) },
  };
}

/** Every frame of the modern era: each message as it should be, and with each change. */
export function modernFrames(): readonly Frame[] {
  return messages.flatMap((message) => {
    const frame = baseFrame(message);
    const named = frame.headers['mcp-name'] === undefined ? [] : nameChanges;
    const changes = [
      ...commonChanges,
      ...metaChanges,
      ...versionChanges,
      ...headerChanges,
      ...named,
    ];
    return [frame, ...changes.map(({ name, apply }) => ({ ...apply(frame), change: name }))];
  });
}
