import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { callOperation } from '../../src/connectors/openapi/call-operation.ts';
import { createDocumentCache } from '../../src/connectors/openapi/document-cache.ts';
import { loadService } from '../../src/connectors/openapi/load-service.ts';
import { createOriginBook } from '../../src/connectors/openapi/origin-book.ts';
import type { CompiledOperation } from '../../src/connectors/openapi/model.ts';
import { Cancellation } from '../../src/kernel/cancellation.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { ConnectorContext } from '../../src/upstream/contract.ts';
import { loopbackEgress } from './loopback-egress.ts';

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

/** What happened to one case; `problem` is absent when it passed. */
export interface WireOutcome {
  readonly id: string;
  readonly problem: string | undefined;
}

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Calls every case through the connector against a server on loopback. */
export async function runWireCases(
  document: JsonObject,
  cases: readonly WireCase[],
): Promise<readonly WireOutcome[]> {
  const arrived: Arrived[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const url = incoming.url ?? '';
      const method = incoming.method ?? '';
      arrived.push({ method, url, headers: incoming.headers, body: Buffer.concat(chunks) });
      const status = /^\/status\/(\d{3})/.exec(url)?.[1];
      response.writeHead(Number(status ?? 200), { 'content-type': 'application/json' });
      response.end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  try {
    const config = { document, baseUrl: `http://127.0.0.1:${port}` };
    const service = await loadService(config, context(), {
      origins: createOriginBook(() => {}),
      cache: createDocumentCache(),
    });
    const outcomes: WireOutcome[] = [];
    for (const each of cases) {
      arrived.length = 0;
      const operation = service.byName.get(each.id);
      if (operation === undefined) {
        outcomes.push({ id: each.id, problem: 'no such tool' });
        continue;
      }
      const given = argumentsOf(operation, each);
      const io = {
        cancellation: new Cancellation(),
        deadlineMs: 0,
        notified: 0,
        notify: () => undefined,
      };
      const result = await callOperation(service, operation, given, io);
      outcomes.push({ id: each.id, problem: compare(each, arrived[0], result) });
    }
    return outcomes;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
}

/** Cases name parameters as the document does; `name@in` where two share a name. */
function argumentsOf(operation: CompiledOperation, each: WireCase): JsonObject {
  const { parameters, body } = operation.plan;
  const fields = body?.fields ?? [];
  const entries = Object.entries(each.args ?? {}).map(([key, value]): [string, Json] => {
    const at = key.lastIndexOf('@');
    const [name, location] = at > 0 ? [key.slice(0, at), key.slice(at + 1)] : [key, undefined];
    const plan = [...parameters, ...fields].find(
      (it) => it.name === name && (location === undefined || it.location === location),
    );
    return [plan?.argument ?? key, value];
  });
  if (each.bodyArg !== undefined) entries.push(['body', each.bodyArg ?? null]);
  return Object.fromEntries(entries);
}

function compare(
  { expect }: WireCase,
  arrived: Arrived | undefined,
  result: JsonObject,
): string | undefined {
  if (expect.urlOrReject !== undefined && arrived === undefined) {
    return result['isError'] === true ? undefined : 'neither sent nor refused';
  }
  if (arrived === undefined) return `nothing arrived: ${JSON.stringify(result['content'])}`;
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
  const body = arrived.body.toString('utf8');
  if (expect.json !== undefined && !isDeepStrictEqual(parse(body), expect.json)) return body;
  if (expect.body !== undefined && !new RegExp(expect.body, 's').test(body)) return `body ${body}`;
  if (expect.isError !== undefined && (result['isError'] === true) !== expect.isError) {
    return `isError ${JSON.stringify(result['isError'])}`;
  }
  return undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function context(): ConnectorContext {
  return {
    serviceId: 'svc_test',
    slug: 'wire',
    signal: new AbortController().signal,
    egress: loopbackEgress,
    secret: (name) => Promise.reject(new Error(`no secret "${name}"`)),
    log: silentLog,
    changed: () => {},
  };
}
