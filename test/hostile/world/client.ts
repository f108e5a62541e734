import { objectMember, stringMember, type JsonObject } from '../../../src/kernel/json.ts';
import { modernBody, modernHeaders } from '../../chaos/support/gateway-calls.ts';
import type { Answers } from './answers.ts';

/** An answer, read whole. */
export interface Came {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; an empty object when it is none. */
  readonly json: JsonObject;
}

/** What is sent besides method and address. */
export interface Sent {
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string or bytes go as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A client of the gateway whose answers are looked over afterwards. */
export class Client {
  readonly url: string;
  readonly #answers: Answers;

  constructor(url: string, answers: Answers) {
    this.url = url;
    this.#answers = answers;
  }

  async send(method: string, path: string, sent: Sent = {}): Promise<Came> {
    const { key, headers = {}, body, signal = AbortSignal.timeout(30_000) } = sent;
    const isText = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : isText ? (body as BodyInit) : JSON.stringify(body),
      signal,
    });
    const text = await response.text();
    this.#answers.note(text);
    for (const value of response.headers.values()) this.#answers.note(value);
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  }

  /** A request of the modern era. */
  mcp(key: string, path: string, method: string, params: JsonObject = {}): Promise<Came> {
    const { name, uri, taskId } = params;
    const named = [name, uri, taskId].find((one) => typeof one === 'string');
    const headers = modernHeaders(key, method, named) as Record<string, string>;
    return this.send('POST', path, { headers, body: modernBody(method, params) });
  }

  call(key: string, path: string, name: string, args: JsonObject = {}): Promise<Came> {
    return this.mcp(key, path, 'tools/call', { name, arguments: args });
  }
}

/** A member of an answer as a text; empty when it is none. */
export function textOf(json: JsonObject | undefined, name: string): string {
  return stringMember(json, name) ?? '';
}

/** The id of a service that was registered. */
export function serviceIdOf({ json }: Came): string {
  return stringMember(json, 'id') ?? textOf(objectMember(json, 'service'), 'id');
}

function parse(text: string): JsonObject {
  const events = [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data);
  try {
    const value: unknown = JSON.parse(events.at(-1) ?? text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
