import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { compareTools } from '../../src/catalog/compare-tools.ts';
import type { OpenapiConfig } from '../../src/connectors/openapi/prepare/config.ts';
import { openapiConfig } from '../../src/connectors/openapi/prepare/config.ts';
import { createOpenapiConnector } from '../../src/connectors/openapi/connector.ts';
import { Cancellation } from '../../src/kernel/cancellation.ts';
import { estimateTokens } from '../../src/kernel/estimate-tokens.ts';
import { stringMember, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Upstream } from '../../src/upstream/contract.ts';
import type { Egress, EgressRequest } from '../../src/kernel/egress.ts';
import { curatedNames, curateGithub, pinnedArguments } from './curate-github.ts';
import { until } from '../support/until.ts';
import { githubDocument } from './github-document.ts';
import { repeatByTimer } from '../support/repeat-by-timer.ts';
import { callerOf } from '../../src/upstream/upstream.ts';

/** One thing tried, and whether it came out as it must. */
export interface CurationCheck {
  readonly group: 'A17' | 'A18';
  readonly name: string;
  readonly right: boolean;
}

/** An upstream over a door that answers from memory. */
interface Opened extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly sent: EgressRequest[];
  /** Emits `change` when the upstream says that its lists changed. */
  readonly events: EventEmitter;
  tools(): Promise<readonly JsonObject[]>;
  call(name: string, given: JsonObject): Promise<JsonObject>;
}

async function openService(
  config: OpenapiConfig,
  answer: (request: EgressRequest) => Json,
): Promise<Opened> {
  const sent: EgressRequest[] = [];
  const events = new EventEmitter();
  const life = new AbortController();
  const egress: Egress = {
    request: (request) => {
      sent.push(request);
      const body = Buffer.from(JSON.stringify(answer(request)));
      return Promise.resolve({
        status: 200,
        headers: { 'content-type': 'application/json' },
        bytes: () => Promise.resolve(body),
        stream: async function* () {
          yield await Promise.resolve(body);
        },
        discard: () => {},
      });
    },
    connect: () => Promise.reject(new Error('no connection expected')),
    openWebSocket: () => Promise.reject(new Error('no socket expected')),
  };
  const upstream = await createOpenapiConnector().open(config, {
    serviceId: 'svc_1',
    caller: callerOf('ten_1', 'service'),
    slug: 'shop',
    signal: life.signal,
    egress,
    secret: () => Promise.resolve(''),
    log: silentLog,
    repeat: repeatByTimer,
    changed: (change) => void (change.kind === 'lists' && events.emit('change')),
  });
  const io = {
    cancellation: new Cancellation(),
    deadlineMs: 0,
    notified: 0,
    notify: () => undefined,
  };
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    const client = { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} } as const;
    const caller = callerOf('ten_1', 'key_1');
    const request = { method, params, client, wantsProgress: false, caller };
    const outcome = await upstream.request(request, io);
    if (outcome.resultType !== 'complete') throw new Error('a complete result was expected');
    return outcome.result.value;
  };
  return {
    upstream,
    sent,
    events,
    tools: async () => (await ask('tools/list', {}))['tools'] as readonly JsonObject[],
    call: (name, given) => ask('tools/call', { name, arguments: given }),
    async [Symbol.asyncDispose]() {
      life.abort();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** Runs the checks of hot reload (A17) and of a rule file over a large API (A18). */
export async function evaluateCuration(): Promise<readonly CurationCheck[]> {
  return [...(await reloads()), ...(await curation())];
}

const operation = (operationId: string, ...parameters: readonly JsonObject[]): JsonObject => ({
  get: { operationId, parameters },
});

const REFRESH_MS = 20;

async function reloads(): Promise<readonly CurationCheck[]> {
  const address = 'https://docs.example/openapi.json';
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const tenant = { name: 'tenant', in: 'query', required: true, schema: { type: 'string' } };
  let paths: JsonObject = {
    '/a': operation('listA'),
    '/b/{id}': operation('getB', id),
    '/c': operation('listC'),
  };
  const steps = [
    { name: 'a', operation: 'listA' },
    { name: 'c', operation: 'listC' },
  ];
  const composites = { both: { description: 'Both.', steps } };
  const info = { title: 'T', version: '1' };
  const servers = [{ url: 'https://api.example' }];
  await using service = await openService(
    { document: address, composites, refreshMs: REFRESH_MS },
    () => ({ openapi: '3.1.0', info, servers, paths }),
  );
  const before = await service.tools();
  let heard = 0;
  service.events.on('change', () => (heard += 1));
  await sleep(5 * REFRESH_MS);
  const quiet = heard === 0 && service.sent.length > 1;
  paths = {
    '/d': operation('listD'),
    '/b/{id}': operation('getB', id, tenant),
    '/a': operation('listA'),
  };
  await until(() => heard > 0);
  const after = await service.tools();
  const changes = compareTools(before, after);
  const { diagnostics } = await service.upstream.discover(new AbortController().signal);
  const codes = (diagnostics ?? []).map(({ code }) => code);
  const check = (name: string, right: boolean): CurationCheck => ({ group: 'A17', name, right });
  const unchanged = (tools: readonly JsonObject[]): string =>
    JSON.stringify(tools.find((tool) => tool['name'] === 'listA'));
  return [
    check('the same document read again by schedule is no change', quiet),
    check('another document is told as a change of the list', heard >= 1),
    check('what did not change stays as it was', unchanged(before) === unchanged(after)),
    check('what is new is told', JSON.stringify(changes?.added) === '["listD"]'),
    check(
      'what is gone is told, with what was made of it',
      JSON.stringify([...(changes?.removed ?? [])].toSorted()) === '["both","listC"]',
    ),
    check(
      'what breaks callers is told',
      changes?.changed.some(({ breaks }) => breaks.includes('tenant is required now')) === true,
    ),
    check('a composite tool that lost a step says why', codes.includes('composite_left_out')),
  ];
}

async function curation(): Promise<readonly CurationCheck[]> {
  const config = openapiConfig.parse({ document: githubDocument(), ...curateGithub });
  await using service = await openService(config, ({ method, url }) => ({
    number: 7,
    html_url: url,
    mergeable: true,
    method,
  }));
  const tools = await service.tools();
  const names = tools.map((tool) => stringMember(tool, 'name') ?? '');
  const arguments_ = tools.flatMap((tool) => {
    const { properties } = tool['inputSchema'] as { properties?: JsonObject };
    return Object.keys(properties ?? {});
  });
  const { diagnostics } = await service.upstream.discover(new AbortController().signal);
  const isError = async (name: string, given: JsonObject): Promise<boolean> =>
    (await service.call(name, given))['isError'] === true;
  const overridden = await Promise.all(
    names.flatMap((name) => pinnedArguments.map((pinned) => isError(name, { [pinned]: 'evil' }))),
  );
  const nothingSent = service.sent.length === 0;
  await service.call('list_issues', { state: 'open' });
  await service.call('report_bug', { title: 'It is broken' });
  const urls = service.sent.map(({ url }) => url);
  const check = (name: string, right: boolean): CurationCheck => ({ group: 'A18', name, right });
  return [
    check(
      'twelve named tools of a whole API',
      JSON.stringify([...names].toSorted()) === JSON.stringify([...curatedNames].toSorted()),
    ),
    check(
      'nothing was left out',
      diagnostics?.every(({ severity }) => severity !== 'error') === true,
    ),
    check('a list that a model can hold', estimateTokens(JSON.stringify(tools)) <= 12_000),
    check(
      'pinned arguments are not shown',
      pinnedArguments.every((it) => !arguments_.includes(it)),
    ),
    check('pinned arguments are refused', overridden.every(Boolean) && nothingSent),
    check(
      'pinned arguments are sent',
      urls[0] === 'https://api.github.com/repos/acme/shop/issues?state=open&per_page=50',
    ),
    check(
      'pinned arguments hold in every step',
      urls.slice(1).join() ===
        'https://api.github.com/repos/acme/shop/issues,' +
          'https://api.github.com/repos/acme/shop/issues/7/labels',
    ),
  ];
}
