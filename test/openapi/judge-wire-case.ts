import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { Arrived } from './start-wire-server.ts';

/** One case: what is called, and what must arrive. */
export interface WireCase {
  readonly id: string;
  readonly args?: JsonObject;
  readonly bodyArg?: Json;
  readonly expect: {
    readonly method?: string;
    readonly url?: string;
    readonly urlOrReject?: string;
    readonly header?: readonly [string, string];
    readonly noHeader?: string;
    readonly ct?: string;
    readonly json?: Json;
    readonly body?: string;
    readonly isError?: boolean;
    readonly [other: string]: unknown;
  };
}

/** Why what arrived is not what the case expects; undefined when it is. */
export function judgeWireCase(
  { expect }: WireCase,
  arrived: Arrived | undefined,
  isError: boolean,
): string | undefined {
  if (expect.urlOrReject !== undefined && arrived === undefined) {
    return isError ? undefined : 'neither sent nor refused';
  }
  if (arrived === undefined) return 'nothing arrived';
  if (expect.method !== undefined && expect.method !== arrived.method) return arrived.method;
  const url = expect.url ?? expect.urlOrReject;
  if (url !== undefined && !new RegExp(url).test(arrived.url)) return `url ${arrived.url}`;
  if (expect.header !== undefined) {
    const [name, pattern] = expect.header;
    const value = String(arrived.headers[name.toLowerCase()]);
    if (!new RegExp(pattern).test(value)) return `header ${name}: ${value}`;
  }
  if (
    expect.noHeader !== undefined &&
    arrived.headers[expect.noHeader.toLowerCase()] !== undefined
  ) {
    return `header ${expect.noHeader} arrived`;
  }
  const contentType = String(arrived.headers['content-type']);
  if (expect.ct !== undefined && !contentType.startsWith(expect.ct)) return `type ${contentType}`;
  if (expect.json !== undefined && !isDeepStrictEqual(parse(arrived.body), expect.json)) {
    return arrived.body;
  }
  if (expect.body !== undefined && !new RegExp(expect.body, 's').test(arrived.body)) {
    return `body ${arrived.body}`;
  }
  if (expect.isError !== undefined && isError !== expect.isError) return `isError ${isError}`;
  return undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
