import { Cancellation } from '../../../kernel/cancellation.ts';
import { cancellable } from '../../../kernel/cancellable.ts';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import type { ExchangeIo, McpNotification, McpOutcome } from '../../message.ts';
import { rpcCode } from '../../protocol.ts';
import type { ServerAnswer } from '../../wire/server-message.ts';
import type { Caller } from '../caller.ts';
import { listenerCapabilities, type ChangeFilter } from '../change-filter.ts';
import type { CallerRequest, DiscoveredServer, EraClient } from '../era-client.ts';
import { neutralError } from '../neutral-error.ts';
import { commonVersion, readDiscovered } from './discovered-server.ts';
import { evidenceOfError, evidenceOfResult, type EraEvidence } from './era-evidence.ts';
import { EraMismatch } from './era-mismatch.ts';
import type { ModernExchange, ModernRequest, ModernTransport } from './modern-transport.ts';
import { soundOutcome } from './neutral-outcome.ts';
import { ToolHeaders } from './tool-headers.ts';

/** The gateway's own requests declare nothing: nobody can be asked. */
const ownClient = { capabilities: {} };

/**
 * A modern server (2026-07-28 and later), over any transport. Stateless: every request stands
 * alone. The hot path of the gateway: a small call waits once, for its answer to arrive.
 */
export class ModernClient<Arrival> implements EraClient {
  readonly era = 'modern';
  readonly #transport: ModernTransport<Arrival>;
  readonly #closing: Cancellation;
  readonly #tools: ToolHeaders;
  #toolsKnown: Promise<void> | undefined;
  /** True when it is known what each tool wants mirrored. */
  #areToolsKnown: boolean;
  #lastId = 0;

  /** `closing` ends the client's own requests. */
  constructor(transport: ModernTransport<Arrival>, log: Log, closing: Cancellation) {
    this.#transport = transport;
    this.#closing = closing;
    this.#areToolsKnown = !transport.hasHeaders;
    this.#tools = new ToolHeaders((tool, reason) => {
      log.warn({ tool, reason }, 'left out a tool whose x-mcp-header annotations are invalid');
    });
  }

  async discover(): Promise<DiscoveredServer> {
    const result = await this.#ask('server/discover', {});
    const server = readDiscovered(result.value);
    if (server === undefined) throw new EraMismatch();
    return server;
  }

  /** Finds out whether this is a modern server at all; says nothing when it cannot be reached. */
  async probe(): Promise<EraEvidence> {
    try {
      const answer = await this.#own('server/discover', {}, limits.eraProbeMs);
      if (answer.kind === 'result') return evidenceOfResult(answer.result.value);
      return evidenceOfError(answer.error);
    } catch (error) {
      if (error instanceof EraMismatch) return { era: 'legacy' };
      throw error instanceof RpcError ? neutralError(error) : error;
    }
  }

  async request(request: CallerRequest, io: ExchangeIo): Promise<McpOutcome> {
    if (!this.#areToolsKnown && request.method === 'tools/call') {
      await cancellable(this.#learnTools(), io.cancellation);
    }
    let exchange = this.#send(request, io);
    let answer = exchange.answer(await exchange.arrival);
    if (answer instanceof Promise) answer = await answer;
    if ('resultType' in answer) return answer;
    if (answer.kind === 'error' && (await this.#canRepeat(answer.error, request))) {
      exchange = this.#send(request, io);
      answer = await exchange.answer(await exchange.arrival);
      if ('resultType' in answer) return answer;
    }
    if (answer.kind === 'error') throw this.#shown(answer.error);
    const outcome = soundOutcome(answer.result, request);
    const { release } = exchange;
    if (release !== undefined && outcome.resultType === 'complete') return { ...outcome, release };
    const isToolList = request.method === 'tools/list' && outcome.resultType === 'complete';
    return isToolList ? { ...outcome, result: this.#learn(outcome.result) } : outcome;
  }

  async *listen(
    filter: ChangeFilter,
    _caller: Caller,
    io: ExchangeIo,
  ): AsyncGenerator<McpNotification> {
    const params = { notifications: { ...filter } };
    const client = { capabilities: listenerCapabilities(filter) };
    const request = { method: 'subscriptions/listen', params, client, wantsProgress: false };
    this.#lastId++;
    try {
      yield* this.#transport.listen(this.#lastId, request, io);
    } catch (error) {
      throw error instanceof RpcError ? this.#shown(error) : error;
    }
  }

  listsChanged(): void {
    this.#areToolsKnown = !this.#transport.hasHeaders;
    this.#toolsKnown = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close(new GatewayError('shutting_down'));
  }

  #send(request: ModernRequest, io: ExchangeIo): ModernExchange<Arrival> {
    this.#lastId++;
    const { name } = request.params;
    const isToolCall = request.method === 'tools/call' && typeof name === 'string';
    const plan = isToolCall ? this.#tools.planOf(name) : undefined;
    return this.#transport.send(this.#lastId, request, io, plan);
  }

  /**
   * True when the request was refused unread and may be sent once more. Headers that did not match
   * are made anew from a fresh list.
   */
  async #canRepeat(error: RpcError, request: ModernRequest): Promise<boolean> {
    if (this.#asksForThisVersion(error)) return true;
    const isMismatch = error.rpcCode === rpcCode.headerMismatch && this.#transport.hasHeaders;
    if (!isMismatch || request.method !== 'tools/call') return false;
    this.listsChanged();
    await this.#learnTools();
    return true;
  }

  #shown(error: RpcError): Error {
    const isRefused = error.rpcCode === rpcCode.unsupportedVersion;
    if (isRefused && !this.#asksForThisVersion(error)) return new EraMismatch();
    return neutralError(error);
  }

  /** True when a server refused the version and names the same one as the one to come back with. */
  #asksForThisVersion(error: RpcError): boolean {
    if (error.rpcCode !== rpcCode.unsupportedVersion) return false;
    const supported = isJsonObject(error.data) ? error.data['supported'] : undefined;
    return commonVersion(supported) === this.#transport.version;
  }

  /** Reads the whole list once; a list that cannot be read means nothing is mirrored. */
  #learnTools(): Promise<void> {
    this.#toolsKnown ??= this.#listTools().catch(() => {});
    return this.#toolsKnown;
  }

  async #listTools(): Promise<void> {
    try {
      let cursor: string | undefined;
      for (let page = 0; page < limits.listPagesMax; page++) {
        const result = await this.#ask('tools/list', cursor === undefined ? {} : { cursor });
        this.#learn(result);
        const next = result.value['nextCursor'];
        if (typeof next !== 'string' || next === cursor) break;
        cursor = next;
      }
    } finally {
      this.#areToolsKnown = true;
    }
  }

  #learn(page: JsonBytes): JsonBytes {
    if (!this.#transport.hasHeaders) return page;
    try {
      const kept = this.#tools.learn(page);
      // The last page completes what is known; the gateway always reads a list to its end.
      if (!page.has('nextCursor')) this.#areToolsKnown = true;
      return kept;
    } catch (cause) {
      throw new GatewayError('upstream_failed', 'The service answered with broken JSON.', {
        cause,
      });
    }
  }

  async #ask(method: string, params: JsonObject): Promise<JsonBytes> {
    let answer = await this.#own(method, params, limits.sessionOpenMs);
    if (answer.kind === 'error' && this.#asksForThisVersion(answer.error)) {
      answer = await this.#own(method, params, limits.sessionOpenMs);
    }
    if (answer.kind === 'error') throw this.#shown(answer.error);
    return answer.result;
  }

  /** Sends one of the gateway's own requests. */
  async #own(method: string, params: JsonObject, timeoutMs: number): Promise<ServerAnswer> {
    const io: ExchangeIo = {
      cancellation: new Cancellation(),
      deadlineMs: Date.now() + limits.exchangeTotalMs,
      notified: 0,
      notify: () => undefined,
    };
    const timer = setTimeout(() => io.cancellation.cancel('deadline'), timeoutMs);
    const undo = this.#closing.onCancel((reason) => io.cancellation.cancel(reason));
    try {
      const exchange = this.#send({ method, params, client: ownClient, wantsProgress: false }, io);
      const answer = await exchange.answer(await exchange.arrival);
      if ('resultType' in answer) throw new GatewayError('internal');
      return answer;
    } finally {
      clearTimeout(timer);
      undo();
    }
  }
}
