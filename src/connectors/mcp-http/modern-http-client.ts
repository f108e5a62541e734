import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { cancellable } from '../../mcp/client/cancellable.ts';
import { listenerCapabilities, type ChangeFilter } from '../../mcp/client/change-filter.ts';
import { neutralError } from '../../mcp/client/neutral-error.ts';
import type { ServerAnswer } from '../../mcp/client/server-message.ts';
import { commonVersion, readDiscovered } from '../../mcp/eras/modern/client/discovered-server.ts';
import type { DiscoveredServer } from '../../mcp/eras/modern/client/discovered-server.ts';
import {
  evidenceOfError,
  evidenceOfResult,
  type EraEvidence,
} from '../../mcp/eras/modern/client/era-evidence.ts';
import { HeaderCache } from '../../mcp/eras/modern/client/header-cache.ts';
import { neutralOutcome } from '../../mcp/eras/modern/client/neutral-outcome.ts';
import { requestText, type RequestContent } from '../../mcp/eras/modern/client/request-text.ts';
import { ToolHeaders } from '../../mcp/eras/modern/client/tool-headers.ts';
import type {
  ExchangeIo,
  McpNotification,
  McpOutcome,
  McpRequest,
  PipedOutcome,
} from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type { EgressResponse } from '../../upstream/egress.ts';
import { AnswerTaker, readAnswer } from './answer-taker.ts';
import { isEventStream, isJson, type Endpoint } from './endpoint.ts';
import { EraMismatch } from './era-mismatch.ts';
import { readCallStream, readListenStream } from './modern-stream.ts';
import { isEraEvidence, readFailure, statusError } from './status-error.ts';

/** The gateway's own requests declare nothing: nobody can be asked. */
const ownClient = { capabilities: {} };

/**
 * A modern server over HTTP (2026-07-28 basic/transports/streamable-http). Stateless: one exchange
 * per request. The hot path of the gateway: a small call makes one text, one header lookup, one
 * egress request, and reads its answer as bytes.
 */
export class ModernHttpClient {
  readonly #endpoint: Endpoint;
  readonly #version: string;
  readonly #closing: Cancellation;
  readonly #headers: HeaderCache;
  readonly #tools: ToolHeaders;
  #toolsKnown: Promise<void> | undefined;
  #areToolsKnown = false;
  #lastId = 0;

  /** `closing` ends the client's own requests. */
  constructor(endpoint: Endpoint, version: string, log: Log, closing: Cancellation) {
    this.#endpoint = endpoint;
    this.#closing = closing;
    this.#version = version;
    this.#headers = new HeaderCache(endpoint.headers, version);
    this.#tools = new ToolHeaders((tool, reason) => {
      log.warn({ tool, reason }, 'left out a tool whose x-mcp-header annotations are invalid');
    });
  }

  /** Asks the server what it is. */
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

  /** Runs one request. */
  async request(request: McpRequest, io: ExchangeIo): Promise<McpOutcome> {
    if (!this.#areToolsKnown && request.method === 'tools/call') {
      await cancellable(this.#learnTools(), io.cancellation);
    }
    // The usual answer was read by its taker when the response comes; the rest is in the response.
    const taker = new AnswerTaker(this.#lastId + 1, request.method, io);
    const [id, sent] = this.#send(request, io.cancellation, taker);
    const response = await sent;
    let answer = taker.end() ?? (await this.#readUnusual(response, id, request, io));
    if ('resultType' in answer) return answer;
    if (answer.kind === 'error' && (await this.#canRepeat(answer.error, request))) {
      answer = await this.#exchange(request, io);
      if ('resultType' in answer) return answer;
    }
    if (answer.kind === 'error') throw this.#shown(answer.error);
    const outcome = neutralOutcome(answer.result, request);
    const { release } = taker;
    if (release !== undefined && outcome.resultType === 'complete') return { ...outcome, release };
    const isToolList = request.method === 'tools/list' && outcome.resultType === 'complete';
    return isToolList ? { ...outcome, result: this.#learn(outcome.result) } : outcome;
  }

  /** Streams change notifications until the exchange ends or the server ends the stream. */
  async *listen(filter: ChangeFilter, io: ExchangeIo): AsyncGenerator<McpNotification> {
    const cancellation = new Cancellation();
    const undo = io.cancellation.onCancel((reason) => cancellation.cancel(reason));
    const params = { notifications: { ...filter } };
    const client = { capabilities: listenerCapabilities(filter) };
    const content = { method: 'subscriptions/listen', params, client };
    try {
      const [id, sent] = this.#send({ ...content, wantsProgress: false }, cancellation);
      const response = await sent;
      if (response.status !== 200) throw await this.#failure(response);
      if (isEventStream(response)) yield* readListenStream(response, id);
      else readAnswer(await response.bytes(), id);
    } catch (error) {
      if (cancellation.reason !== undefined) return;
      throw error instanceof RpcError ? this.#shown(error) : error;
    } finally {
      undo();
      cancellation.cancel('cancelled');
    }
  }

  /** The lists changed: what tools want mirrored is learnt again. */
  toolsChanged(): void {
    this.#areToolsKnown = false;
    this.#toolsKnown = undefined;
  }

  async #exchange(request: McpRequest, io: ExchangeIo): Promise<ServerAnswer | PipedOutcome> {
    const [id, sent] = this.#send(request, io.cancellation);
    return this.#readUnusual(await sent, id, request, io);
  }

  async #readUnusual(
    response: EgressResponse,
    id: number,
    request: McpRequest,
    io: ExchangeIo,
  ): Promise<ServerAnswer | PipedOutcome> {
    if (response.status !== 200) {
      const failure = await this.#failure(response);
      if (failure instanceof RpcError) return { kind: 'error', id: undefined, error: failure };
      throw failure;
    }
    if (isJson(response)) return readAnswer(await response.bytes(), id);
    if (isEventStream(response)) return readCallStream(response, id, request, io);
    response.discard();
    throw new GatewayError('upstream_failed', 'The service answered with neither JSON nor events.');
  }

  /** Sends a request; returns its id and what comes of it. */
  #send(
    content: RequestContent,
    cancellation: Cancellation,
    taker?: AnswerTaker,
  ): readonly [number, Promise<EgressResponse>] {
    this.#lastId++;
    const id = this.#lastId;
    const { method, params } = content;
    const { name } = params;
    const isToolCall = method === 'tools/call' && typeof name === 'string';
    const plan = isToolCall ? this.#tools.planOf(name) : undefined;
    const response = this.#endpoint.egress.request({
      url: this.#endpoint.url,
      method: 'POST',
      headers: this.#headers.headersFor(method, params, plan),
      body: requestText(id, content, this.#version),
      cancellation,
      taker,
    });
    return [id, response];
  }

  /** A JSON-RPC error is one whatever the status; the rest is judged by the status. */
  async #failure(response: EgressResponse): Promise<GatewayError | RpcError> {
    const { status, error } = await readFailure(response);
    if (error !== undefined && !(isEraEvidence(status) && isLegacyCode(error.rpcCode)))
      return error;
    return isEraEvidence(status) ? new EraMismatch() : statusError(status);
  }

  /**
   * True when the request was refused unread and may be sent once more. Headers that did not match
   * are made anew from a fresh list.
   */
  async #canRepeat(error: RpcError, request: McpRequest): Promise<boolean> {
    if (this.#asksForThisVersion(error)) return true;
    if (error.rpcCode !== rpcCode.headerMismatch || request.method !== 'tools/call') return false;
    this.toolsChanged();
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
    return commonVersion(supported) === this.#version;
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

  async #ask(method: string, params: McpRequest['params']): Promise<JsonBytes> {
    let answer = await this.#own(method, params, limits.sessionOpenMs);
    if (answer.kind === 'error' && this.#asksForThisVersion(answer.error)) {
      answer = await this.#own(method, params, limits.sessionOpenMs);
    }
    if (answer.kind === 'error') throw this.#shown(answer.error);
    return answer.result;
  }

  /** Sends one of the gateway's own requests. */
  async #own(method: string, params: McpRequest['params'], ms: number): Promise<ServerAnswer> {
    const client = { era: 'modern', protocolVersion: this.#version, ...ownClient } as const;
    const io: ExchangeIo = {
      cancellation: new Cancellation(),
      deadlineMs: Date.now() + limits.exchangeTotalMs,
      notified: 0,
      notify: () => undefined,
    };
    const timer = setTimeout(() => io.cancellation.cancel('deadline'), ms);
    const undo = this.#closing.onCancel((reason) => io.cancellation.cancel(reason));
    try {
      const request = { method, params, client, wantsProgress: false };
      const answer = await this.#exchange(request, io);
      if ('resultType' in answer) throw new GatewayError('internal');
      return answer;
    } finally {
      clearTimeout(timer);
      undo();
    }
  }
}

/** Codes that older servers make up and modern ones may not (basic/index, "Error Codes"). */
function isLegacyCode(code: number): boolean {
  return code <= -32000 && code >= -32019;
}
