import { PROGRESS_EVENTS, RESULT_MARKER, REVISIONS } from './wire.ts';
import type { ClientEra, ToolName } from './scenario.ts';

/** A JSON-RPC message as the echo upstream sees it. */
export interface ReceivedMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly _meta?: Readonly<Record<string, unknown>>;
  };
}

/** What the upstream answers with, before it is framed for a transport. */
export type EchoAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'result'; readonly result: EncodedResult }
  | { readonly kind: 'events'; readonly events: readonly string[]; readonly result: EncodedResult }
  | { readonly kind: 'held'; readonly events: readonly string[] }
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: number;
      readonly text: string;
    };

/** A result encoded once: as text for small ones, also as bytes for large ones. */
export interface EncodedResult {
  readonly json: string;
  readonly bytes: Buffer;
}

/** Answers a message of the given era; the transport adds the envelope and the framing. */
export type EchoAnswers = (era: ClientEra, message: ReceivedMessage) => EchoAnswer;

const TOOLS: Readonly<Record<ToolName, number>> = {
  echo: 506,
  'echo-64k': 65_536,
  'echo-1m': 1_048_576,
  'echo-sse': 506,
};
const SERVER_INFO = { name: 'bench-echo', version: '1.0.0' };
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';

/** Creates the answering side of the echo server, with every result encoded beforehand. */
export function createEchoAnswers(): EchoAnswers {
  const fixed = { modern: encodeEra('modern'), legacy: encodeEra('legacy') };
  return (era, message) => {
    if (message.id === undefined) return { kind: 'accepted' };
    const answers = fixed[era];
    if (message.method === 'tools/call') return answerCall(answers.calls, message);
    if (message.method === 'subscriptions/listen' && era === 'modern') return acknowledge(message);
    const result = answers.methods.get(message.method ?? '');
    if (result !== undefined) return { kind: 'result', result };
    const status = era === 'modern' ? 404 : 200;
    return { kind: 'error', status, code: -32601, text: 'Method not found' };
  };
}

function answerCall(
  calls: ReadonlyMap<string, EncodedResult>,
  message: ReceivedMessage,
): EchoAnswer {
  const result = calls.get(message.params?.name ?? '');
  if (result === undefined)
    return { kind: 'error', status: 200, code: -32602, text: 'Unknown tool' };
  const token = message.params?._meta?.['progressToken'];
  if (message.params?.name !== 'echo-sse' || token === undefined) return { kind: 'result', result };
  const events = Array.from({ length: PROGRESS_EVENTS }, (_, index) =>
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: token, progress: index + 1, total: PROGRESS_EVENTS },
    }),
  );
  return { kind: 'events', events, result };
}

function acknowledge(message: ReceivedMessage): EchoAnswer {
  const acknowledged = {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: {
      _meta: { [SUBSCRIPTION_ID]: message.id },
      notifications: { toolsListChanged: true },
    },
  };
  return { kind: 'held', events: [JSON.stringify(acknowledged)] };
}

function encodeEra(era: ClientEra): {
  readonly calls: ReadonlyMap<string, EncodedResult>;
  readonly methods: ReadonlyMap<string, EncodedResult>;
} {
  const complete = era === 'modern' ? { resultType: 'complete' } : {};
  const cached = era === 'modern' ? { ...complete, ttlMs: 3_600_000, cacheScope: 'public' } : {};
  const calls = Object.entries(TOOLS).map(([name, textBytes]) => {
    const content = [{ type: 'text', text: fillerText(textBytes) }];
    return [name, encode({ ...complete, content, isError: false })] as const;
  });
  const tools = Object.keys(TOOLS).map((name) => ({
    name,
    description: `Answers with the text of ${name}.`,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  }));
  const capabilities = { tools: { listChanged: true } };
  const own: readonly (readonly [string, unknown])[] =
    era === 'modern'
      ? [
          [
            'server/discover',
            {
              supportedVersions: [REVISIONS.modern],
              capabilities,
              ...cached,
              _meta: { 'io.modelcontextprotocol/serverInfo': SERVER_INFO },
            },
          ],
        ]
      : [
          [
            'initialize',
            { protocolVersion: REVISIONS.legacy, capabilities, serverInfo: SERVER_INFO },
          ],
          ['ping', {}],
        ];
  const methods = [['tools/list', { tools, ...cached }] as const, ...own];
  return {
    calls: new Map(calls),
    methods: new Map(methods.map(([method, result]) => [method, encode(result)])),
  };
}

function encode(result: unknown): EncodedResult {
  const json = JSON.stringify(result);
  return { json, bytes: Buffer.from(json) };
}

// Lines of words, so that the text has line ends to escape, as tool results do.
function fillerText(textBytes: number): string {
  const line = 'the quick brown fox jumps over the lazy dog while the upstream echoes it back\n';
  const lines = line.repeat(Math.ceil(textBytes / line.length));
  return lines.slice(0, textBytes - RESULT_MARKER.length) + RESULT_MARKER;
}
