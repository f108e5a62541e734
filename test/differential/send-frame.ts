import { request as openRequest, type Agent, type IncomingMessage } from 'node:http';
import { isJsonObject } from '../../src/kernel/json.ts';
import { labelOf, type Frame } from './frame.ts';

const ANSWER_MS = 10_000;

/** One of the two sides that a frame is sent to. */
export interface Side {
  readonly url: (frame: Frame) => string;
  readonly headers: Readonly<Record<string, string>>;
  /** The session that frames of the legacy era belong to. */
  session: string;
  readonly agent: Agent;
}

/** What is compared: the HTTP status, and the JSON-RPC code, `result` or `none`. */
export interface Outcome {
  readonly status: number;
  readonly code: number | 'result' | 'none';
  readonly session: string | undefined;
}

/** Sends one frame and reads its answer, of an event stream as far as it says how it comes out. */
export function sendFrame(side: Side, frame: Frame): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const body = bytesOf(frame.body);
  const headers: Record<string, string> = { ...side.headers };
  if (body !== undefined) headers['content-length'] = String(body.length);
  if (frame.inSession) headers['mcp-session-id'] = side.session;
  for (const [name, value] of Object.entries(frame.headers)) {
    if (value !== undefined) headers[name] = value;
  }
  const { url, agent } = side;
  const sent = openRequest(url(frame), { method: frame.httpMethod, headers, agent });
  sent.setTimeout(ANSWER_MS, () =>
    sent.destroy(new Error(`No answer in time from ${url(frame)} to ${labelOf(frame)}`)),
  );
  sent.on('error', reject);
  sent.on('response', (response) => void readOutcome(response).then(resolve, reject));
  sent.end(body);
  return promise;
}

function bytesOf(body: Frame['body']): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(JSON.stringify(body));
}

async function readOutcome(response: IncomingMessage): Promise<Outcome> {
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
  const found = response.headers['mcp-session-id'];
  const session = typeof found === 'string' ? found : undefined;
  const status = response.statusCode ?? 0;
  let text = '';
  response.setEncoding('utf8');
  for await (const piece of response as AsyncIterable<string>) {
    text += piece;
    // A subscription goes on after its acknowledgement.
    if (isStream && text.includes('subscriptions/acknowledged')) break;
  }
  if (isStream) return { status, code: codeOfStream(text), session };
  return { status, code: text === '' ? 'none' : codeOf(text), session };
}

function codeOfStream(text: string): Outcome['code'] {
  const codes = [...text.matchAll(/^data: ?(\{.*)$/gm)].map(([, data]) => codeOf(data ?? ''));
  return codes.find((code) => code !== 'none') ?? (codes.length > 0 ? 'result' : 'none');
}

/** A body that is no JSON-RPC answer counts as none. */
function codeOf(text: string): Outcome['code'] {
  try {
    const parsed: unknown = JSON.parse(text);
    const message = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed;
    if (!isJsonObject(message)) return 'none';
    if (message['result'] !== undefined) return 'result';
    const { error } = message;
    return isJsonObject(error) && typeof error['code'] === 'number' ? error['code'] : 'none';
  } catch {
    return 'none';
  }
}
