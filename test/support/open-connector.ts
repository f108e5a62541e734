import { HttpEgress } from '../../src/egress/http-egress.ts';
import { Cancellation } from '../../src/kernel/cancellation.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { Log } from '../../src/kernel/log.ts';
import type { ExchangeIo, McpNotification } from '../../src/mcp/message.ts';
import type { Connector, Upstream, UpstreamRequest } from '../../src/upstream/contract.ts';
import { repeatByTimer } from './repeat-by-timer.ts';
import { callerOf } from '../../src/upstream/upstream.ts';

/** A text block of a tool result. */
interface TextBlock {
  readonly type: string;
  readonly text?: string;
}

/** A CallToolResult as tests read it. */
export interface ToolResult {
  readonly content: readonly (TextBlock & JsonObject)[];
  readonly structuredContent?: Json;
  readonly isError?: boolean;
}

/** A tool as tests read it. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations?: JsonObject;
}

/** How a connector is opened for a test. */
export interface OpenOptions {
  /** `host:port` that may be reached besides public addresses. */
  readonly allowHosts?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** A connector under test, opened over a real egress. */
export interface OpenedConnector extends AsyncDisposable {
  readonly upstream: Upstream;
  /** What was notified, in order. */
  readonly notifications: readonly McpNotification[];
  /** What was logged, as JSON texts. */
  readonly logged: readonly string[];
  readonly cancellation: Cancellation;
  request(method: string, params?: JsonObject): Promise<JsonObject>;
  tools(): Promise<readonly ListedTool[]>;
  call(name: string, given?: JsonObject): Promise<ToolResult>;
  /** The joined texts of a result. */
  text(name: string, given?: JsonObject): Promise<string>;
}

/** Opens a connector as the catalog would: configuration parsed by its own schema. */
export async function openConnector<Config>(
  connector: Connector<Config>,
  config: unknown,
  options: OpenOptions = {},
): Promise<OpenedConnector> {
  const egress = new HttpEgress({ policy: { allowHosts: options.allowHosts ?? [] } });
  const life = new AbortController();
  const notifications: McpNotification[] = [];
  const logged: string[] = [];
  const cancellation = new Cancellation();
  const upstream = await connector.open(connector.config.parse(config), {
    serviceId: 'svc_test',
    caller: callerOf('ten_test', 'service:svc_test'),
    slug: 'test',
    signal: life.signal,
    egress,
    secret: (name) => secretOf(options.secrets ?? {}, name),
    log: recordingLog(logged),
    repeat: repeatByTimer,
    changed: () => {},
  });
  const io: ExchangeIo = {
    cancellation,
    deadlineMs: options.deadlineMs ?? Date.now() + 60_000,
    get notified() {
      return notifications.length;
    },
    notify: (notification) => {
      notifications.push(notification);
      return undefined;
    },
  };
  const request = async (method: string, params: JsonObject = {}): Promise<JsonObject> => {
    const outcome = await upstream.request(requestOf(method, params), io);
    if (outcome.resultType !== 'complete') throw new Error(`unexpected ${outcome.resultType}`);
    return JSON.parse(outcome.result.bytes.toString('utf8')) as JsonObject;
  };
  const call = async (name: string, given: JsonObject = {}): Promise<ToolResult> =>
    (await request('tools/call', { name, arguments: given })) as unknown as ToolResult;
  return {
    upstream,
    notifications,
    logged,
    cancellation,
    request,
    call,
    tools: async () => (await request('tools/list'))['tools'] as unknown as ListedTool[],
    text: async (name, given) => textOf(await call(name, given)),
    async [Symbol.asyncDispose]() {
      life.abort();
      await upstream[Symbol.asyncDispose]();
      await egress[Symbol.asyncDispose]();
    },
  };
}

/** The joined texts of a result. */
export function textOf(result: ToolResult): string {
  return result.content.map((block) => block.text ?? '').join('\n');
}

function requestOf(method: string, params: JsonObject): UpstreamRequest {
  return {
    method,
    params,
    client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
    wantsProgress: true,
    caller: callerOf('ten_test', 'key_test'),
  };
}

function secretOf(secrets: Readonly<Record<string, string>>, name: string): Promise<string> {
  const value = secrets[name];
  if (value !== undefined) return Promise.resolve(value);
  return Promise.reject(new GatewayError('invalid_configuration', `There is no secret ${name}.`));
}

function recordingLog(logged: string[]): Log {
  const keep = (fields: object, message: string): void => {
    logged.push(JSON.stringify({ ...fields, message }));
  };
  return { debug: keep, info: keep, warn: keep, error: keep };
}
