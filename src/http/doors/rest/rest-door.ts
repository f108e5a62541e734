import type { IncomingMessage, ServerResponse } from 'node:http';
import { standardPace, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import type { Admit } from '../../../kernel/principal.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { Door, Drained } from '../../listener/door.ts';
import { endpointPath, pathOf } from '../endpoint-paths.ts';
import { idempotencyHeader } from '../../../gateway/idempotency/idempotency-key.ts';
import { readMessage } from '../mcp/read-message.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import { RestAnswer } from './rest-answer.ts';
import { runRestCall } from './rest-call.ts';
import { RestIo } from './rest-io.ts';
import { toolFailure } from './rest-problem.ts';

/** What the REST door is made from. */
export interface RestDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly pace?: Pace;
}

/** Whose endpoints these are by another door. */
const RESOURCE_DOOR = '/mcp';

const TOOL_PATH = /^\/(services|bundles)\/([a-z0-9]+(?:-[a-z0-9]+)*)\/tools\/([^/]+)$/;

/**
 * Tools for callers who know no MCP: `POST /services/{service}/tools/{tool}` (or of a bundle) with
 * the arguments as its JSON body answers the result as JSON, errors as problem+json. With
 * `Accept: text/event-stream` progress and log come as events before it.
 */
export class RestDoor implements Door, Drained {
  readonly #context: RestDoorContext;
  readonly #running = new Set<RestIo>();

  constructor(context: RestDoorContext) {
    this.#context = context;
  }

  get running(): number {
    return this.#running.size;
  }

  owns(url: string): boolean {
    return TOOL_PATH.test(pathOf(url));
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pace = standardPace, baseUrlOf } = this.#context;
    const place: ResourcePlace = {
      baseUrl: baseUrlOf(request.headers.host),
      path: endpointPath(RESOURCE_DOOR, endpointOf(request.url as string)),
    };
    const answer = new RestAnswer(this.#context, response, pace, place);
    try {
      checkOrigin(this.#context.originGuard, request);
      if (request.method !== 'POST') {
        response.setHeader('Allow', 'POST');
        throw new GatewayError('method_not_allowed', 'Use POST.');
      }
      await this.#call(request, response, answer);
    } catch (error) {
      answer.error(error);
    }
  }

  /** Nothing to do: every call has its own connection, and no new ones are accepted. */
  retire(): void {}

  cutAll(): void {
    for (const { cancellation } of this.#running) cancellation.cancel('shutdown');
  }

  async #call(
    request: IncomingMessage,
    response: ServerResponse,
    answer: RestAnswer,
  ): Promise<void> {
    const { gateway, admit } = this.#context;
    const started = { startedAtMs: Date.now(), startedMonotonicMs: performance.now() };
    const { endpoint, tool } = placeOf(request.url as string);
    // The same endpoint by another door: what is good at `/mcp/orders` is good here.
    const resource = endpointPath(RESOURCE_DOOR, endpoint);
    const principal = await admit(credentialHeader(request.headers), resource);
    const { value, bytes } = await readMessage(request);
    if (!isJsonObject(value)) {
      throw new GatewayError('invalid_params', 'The body must be an object: the arguments.');
    }
    const asEvents = request.headers.accept?.includes('text/event-stream') === true;
    const io = new RestIo(asEvents ? (one) => answer.notify(one) : undefined);
    response.once('close', () => io.cancellation.cancel('client_gone'));
    this.#running.add(io);
    try {
      const asked = { principal, endpoint, sessionId: null, tool, given: value, bytesIn: bytes };
      const idempotencyKey = idempotencyHeader(request.headers);
      const call = { ...asked, ...started, answer, idempotencyKey };
      const result = await runRestCall(gateway, call, io);
      answer.result(bodyOf(result), asEvents);
    } finally {
      this.#running.delete(io);
    }
  }
}

function endpointOf(url: string): Endpoint {
  const [, group, slug = ''] = TOOL_PATH.exec(pathOf(url)) ?? [];
  return { kind: group === 'bundles' ? 'bundle' : 'service', slug };
}

function placeOf(url: string): { readonly endpoint: Endpoint; readonly tool: string } {
  const [, , , name = ''] = TOOL_PATH.exec(pathOf(url)) ?? [];
  try {
    return { endpoint: endpointOf(url), tool: decodeURIComponent(name) };
  } catch {
    throw new GatewayError('not_found');
  }
}

/** Structured content when the tool has it, else its content blocks. */
function bodyOf(result: JsonBytes): Buffer {
  if (result.has('isError') && result.member('isError') === true) throw toolFailure(result.value);
  return result.memberBytes('structuredContent') ?? result.withoutMembers(['isError']).bytes;
}
