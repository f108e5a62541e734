import { Cancellation } from '../../../kernel/cancellation.ts';
import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import { InFlight } from '../../../kernel/in-flight.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { pause } from '../../../kernel/pause.ts';
import {
  requestIdIn,
  type NotificationFrame,
  type RequestFrame,
  type RequestId,
  type ResponseFrame,
} from '../../json-rpc.ts';
import { keptOutcome } from '../../kept-outcome.ts';
import type { ClientProfile, ExchangeIo, McpOutcome, McpRequest } from '../../message.ts';
import type { MessageSink } from '../message-sink.ts';
import { LEGACY_VERSION, legacyMethods, legacyVersions, rpcCode } from '../../protocol.ts';
import { ClientRequests } from './client-requests.ts';
import { initializeResult } from './initialize-result.ts';
import { LegacyIo } from './legacy-io.ts';
import { SessionListen } from './session-listen.ts';
import { fromLegacyRequest, toLegacyResult } from './legacy-request.ts';

/** Runs one neutral request for the session's caller on the session's endpoint. */
export type HandleRequest = (
  request: McpRequest,
  io: ExchangeIo,
  bytesIn: number,
) => Promise<McpOutcome>;

/** Where the answer to one request goes. */
export interface AnswerSink extends MessageSink {
  result(id: RequestId, result: JsonBytes): void;
  error(id: RequestId, error: unknown): void;
  /** The request was cancelled: its stream ends without an answer. */
  cancelled(): void;
}

/** The pause before a request that is only to be asked again is asked again. */
const ASK_AGAIN_MS = 1_000;

/**
 * A conversation with a client of a legacy revision, whatever carries it. What that era keeps
 * between requests (version, capabilities, log level, subscriptions) is kept here and nowhere
 * else; every request becomes a stateless one.
 */
export class LegacyServerSession {
  readonly id: string;
  readonly #handle: HandleRequest;
  readonly #requests = new ClientRequests();
  readonly #running = new InFlight<RequestId, Cancellation>();
  readonly #listen: SessionListen;
  #client: ClientProfile | undefined;
  #logLevel: string | undefined;
  #closed = false;

  /** `serverSink` is where messages go that belong to no request. */
  constructor(id: string, handle: HandleRequest, serverSink: MessageSink) {
    this.id = id;
    this.#handle = handle;
    this.#listen = new SessionListen((request, io) => handle(request, io, 0), serverSink);
  }

  /** The revision agreed on; undefined before `initialize`. */
  get protocolVersion(): string | undefined {
    return this.#client?.protocolVersion;
  }

  /** True while a request of the client is being worked on. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Starts to announce changes on the server's sink; called once it can be reached. */
  announceChanges(): void {
    if (this.#client !== undefined) this.#listen.start(this.#client);
  }

  /** Ends the announcements: nobody reads the server's sink any more. */
  pauseChanges(): void {
    this.#listen.pause();
  }

  /** Serves one request; everything that happens is told to the sink. Never rejects. */
  async request(frame: RequestFrame, sink: AnswerSink, bytesIn: number): Promise<void> {
    const { id } = frame;
    const cancellation = new Cancellation();
    if (this.#running.has(id)) {
      sink.error(id, new GatewayError('invalid_request', 'This request id is in use already.'));
      return;
    }
    this.#running.set(id, cancellation);
    try {
      sink.result(id, await this.#answer(frame, cancellation, sink, bytesIn));
    } catch (error) {
      if (cancellation.reason === 'cancelled') sink.cancelled();
      else sink.error(id, error);
    } finally {
      this.#running.take(id);
    }
  }

  /** Takes a notification of the client. */
  notification({ method, params }: NotificationFrame): void {
    if (method !== 'notifications/cancelled') return;
    const id = requestIdIn(params, 'requestId');
    if (id === undefined) return;
    this.#running.get(id)?.cancel('cancelled');
  }

  /** Takes the client's answer to a request of the server; false when nobody asked. */
  response(frame: ResponseFrame): boolean {
    return this.#requests.settle(frame);
  }

  /** Ends the conversation: calls are cancelled, streams end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listen.stop();
    this.#requests.rejectAll();
    for (const cancellation of this.#running.values()) cancellation.cancel('client_gone');
  }

  async #answer(
    frame: RequestFrame,
    cancellation: Cancellation,
    sink: AnswerSink,
    bytesIn: number,
  ): Promise<JsonBytes> {
    const { method, params } = frame;
    if (method === 'initialize') return await this.#initialize(params, cancellation);
    const client = this.#client;
    if (method === 'ping') return initializeResult.empty();
    if (client === undefined) {
      throw new GatewayError('invalid_request', 'The first request must be initialize.');
    }
    if (method === 'logging/setLevel') return this.#setLevel(params);
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      await this.#subscribe(method, params, client);
      return initializeResult.empty();
    }
    if (!legacyMethods.has(method)) {
      throw new RpcError(rpcCode.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    }
    const { request, progressToken } = fromLegacyRequest(method, params, client, this.#logLevel);
    const io = new LegacyIo(cancellation, sink, progressToken, this.#logLevel);
    return toLegacyResult(method, await this.#untilComplete(request, io, sink, bytesIn));
  }

  /** Asks the client for whatever input is required and repeats the request with it. */
  async #untilComplete(
    first: McpRequest,
    io: LegacyIo,
    sink: AnswerSink,
    bytesIn: number,
  ): Promise<JsonBytes> {
    let request = first;
    let failedRounds = 0;
    for (let round = 0; round < limits.inputRoundsMax; round++) {
      const outcome = await this.#handle(request, io, bytesIn);
      if (outcome.resultType !== 'input_required') return keptOutcome(outcome).result;
      const { inputRequests = {}, requestState } = outcome;
      const asked = Object.keys(inputRequests).length;
      if (asked === 0) await pause(ASK_AGAIN_MS, io.cancellation);
      if (io.cancellation.reason !== undefined) throw new GatewayError('cancelled');
      const { responses, failed } = await this.#requests.ask(
        inputRequests,
        sink,
        io.cancellation,
        first.client.protocolVersion,
      );
      failedRounds = failed ? failedRounds + 1 : 0;
      if (failedRounds === 2) break;
      request = {
        ...first,
        params: {
          ...first.params,
          ...(asked === 0 ? {} : { inputResponses: responses }),
          ...(requestState === undefined ? {} : { requestState }),
        },
      };
    }
    throw new RpcError(rpcCode.internalError, 'The input this request needs was not given.');
  }

  async #initialize(params: JsonObject, cancellation: Cancellation): Promise<JsonBytes> {
    if (this.#client !== undefined) {
      throw new GatewayError('invalid_request', 'The session is initialized already.');
    }
    const { capabilities, clientInfo } = params;
    const requested = stringMember(params, 'protocolVersion');
    if (requested === undefined || !isJsonObject(capabilities)) {
      const text = 'initialize needs protocolVersion (a string) and capabilities (an object).';
      throw new RpcError(rpcCode.invalidParams, text);
    }
    const protocolVersion = legacyVersions.includes(requested) ? requested : LEGACY_VERSION;
    const client: ClientProfile = {
      era: 'legacy',
      protocolVersion,
      capabilities,
      ...(isJsonObject(clientInfo) ? { info: clientInfo } : {}),
    };
    const io = new LegacyIo(cancellation, undefined, undefined, undefined);
    const request = { method: 'server/discover', params: {}, client, wantsProgress: false };
    const outcome = await this.#handle(request, io, 0);
    if (outcome.resultType !== 'complete') throw new GatewayError('internal');
    this.#client = client;
    return initializeResult.from(protocolVersion, outcome.result.value);
  }

  #setLevel(params: JsonObject): JsonBytes {
    const level = stringMember(params, 'level');
    if (level === undefined) {
      throw new RpcError(rpcCode.invalidParams, 'params.level must be a log level.');
    }
    this.#logLevel = level;
    return initializeResult.empty();
  }

  async #subscribe(method: string, params: JsonObject, client: ClientProfile): Promise<void> {
    const uri = stringMember(params, 'uri');
    if (uri === undefined)
      throw new RpcError(rpcCode.invalidParams, 'params.uri must be a string.');
    if (method === 'resources/subscribe') await this.#listen.subscribe(uri, client);
    else this.#listen.unsubscribe(uri);
  }
}
