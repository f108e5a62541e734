import { callOperation } from '../../src/connectors/openapi/call/call-operation.ts';
import { createDocumentCache } from '../../src/connectors/openapi/prepare/document-cache.ts';
import { loadService } from '../../src/connectors/openapi/prepare/load-service.ts';
import { createOriginBreakers } from '../../src/connectors/openapi/call/origin-breakers.ts';
import type { CompiledOperation } from '../../src/connectors/openapi/model/compiled-document.ts';
import { Cancellation } from '../../src/kernel/cancellation.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { ConnectorContext } from '../../src/upstream/contract.ts';
import { judgeWireCase, type WireCase } from './judge-wire-case.ts';
import { loopbackEgress } from './loopback-egress.ts';
import { startWireServer } from './start-wire-server.ts';
import { repeatByTimer } from '../support/repeat-by-timer.ts';
import { callerOf } from '../../src/upstream/upstream.ts';

/** What happened to one case; `problem` is absent when it passed. */
export interface WireOutcome {
  readonly id: string;
  readonly problem: string | undefined;
}

/** Calls every case through the connector against a server on loopback. */
export async function runWireCases(
  document: JsonObject,
  cases: readonly WireCase[],
): Promise<readonly WireOutcome[]> {
  await using api = await startWireServer();
  const { arrived } = api;
  const config = { document, baseUrl: api.url };
  const service = await loadService(config, context(), {
    origins: createOriginBreakers(() => {}),
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
    outcomes.push({
      id: each.id,
      problem: judgeWireCase(each, arrived[0], result['isError'] === true),
    });
  }
  return outcomes;
}

/** Cases name parameters as the document does; `name@in` where two share a name. */
export function argumentsOf(operation: CompiledOperation, each: WireCase): JsonObject {
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

function context(): ConnectorContext {
  return {
    serviceId: 'svc_test',
    caller: callerOf('ten_1', 'service'),
    slug: 'wire',
    signal: new AbortController().signal,
    egress: loopbackEgress,
    secret: (name) => Promise.reject(new Error(`no secret "${name}"`)),
    log: silentLog,
    repeat: repeatByTimer,
    changed: () => {},
  };
}
