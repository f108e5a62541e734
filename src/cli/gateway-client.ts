import { clientEnvironment, loadConfig } from '../app/config/config.ts';
import { listenUrl } from '../app/listen-url.ts';
import { isJsonObject, stringMember, type Json, type JsonObject } from '../kernel/json.ts';
import { textFlag, UsageError, type Flags } from './command.ts';

const TIMEOUT_MS = 60_000;

/** Flags of every command that talks to a running gateway. */
export const clientOptions = {
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** What each of those flags means. */
export const clientHelp: Readonly<Record<string, string>> = {
  url: 'The gateway; else MCP_GATEWAY_URL, else where the configuration says it listens.',
  key: 'An API key; better in MCP_GATEWAY_KEY, where other users cannot see it.',
  json: 'Print the answer as JSON.',
};

/** A running gateway, reached by its API. */
export interface GatewayClient {
  readonly url: string;
  /** Resolves to the answer's object ({} when it has none). Rejects with one sentence. */
  call(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  /** The answer's text as it comes, however long it is. Rejects likewise. */
  stream(path: string): AsyncIterable<string>;
  /** The same as bytes. */
  bytes(path: string): AsyncIterable<Uint8Array>;
  /** The text of what a request is answered, as it comes. Rejects likewise. */
  post(path: string, body: JsonObject): AsyncIterable<string>;
}

/** The gateway that flags, environment or configuration name. Throws UsageError without a key. */
export function gatewayClient(flags: Flags): GatewayClient {
  const environment = clientEnvironment();
  const url = (textFlag(flags, 'url') ?? environment.url ?? listenUrl(loadConfig().config)).replace(
    /\/+$/,
    '',
  );
  const key = textFlag(flags, 'key') ?? environment.key;
  if (!URL.canParse(url)) throw new UsageError(`${JSON.stringify(url)} is not a URL.`);
  if (key === undefined) throw new UsageError('Give an API key in MCP_GATEWAY_KEY or with --key.');
  return {
    url,
    call: (method, path, body) => callApi(url, key, method, path, body),
    stream: (path) => asText(bytesOf(url, key, path)),
    bytes: (path) => bytesOf(url, key, path),
    post: (path, body) => asText(bytesOf(url, key, path, body)),
  };
}

async function callApi(
  url: string,
  key: string,
  method: string,
  path: string,
  body: JsonObject | undefined,
): Promise<JsonObject> {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`No gateway answers at ${url} (${reasonOf(error)}).`, { cause: error });
  });
  const text = await response.text();
  const answer = parseObject(text);
  if (response.ok && answer !== undefined) return answer;
  throw new Error(problemText(response.status, answer));
}

async function* asText(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

async function* bytesOf(
  url: string,
  key: string,
  path: string,
  body?: JsonObject,
): AsyncGenerator<Uint8Array> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, { headers, redirect: 'error', ...sent }).catch(
    (error: unknown) => {
      throw new Error(`No gateway answers at ${url} (${reasonOf(error)}).`, { cause: error });
    },
  );
  if (!response.ok || response.body === null) {
    throw new Error(problemText(response.status, parseObject(await response.text())));
  }
  yield* response.body;
}

function parseObject(text: string): JsonObject | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the gateway said, with the way to put it right when it named one. */
function problemText(status: number, problem: JsonObject | undefined): string {
  const detail = stringMember(problem, 'detail') ?? `The gateway answered with status ${status}.`;
  const listed = problem?.['errors'];
  const first = Array.isArray(listed) ? (listed as readonly Json[])[0] : undefined;
  const fix = isJsonObject(first) ? stringMember(first, 'fix') : undefined;
  return fix === undefined || fix === '' ? detail : `${detail.replace(/\.$/, '')}: ${fix}`;
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return 'no answer in time';
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
