import type { IncomingMessage, ServerResponse } from 'node:http';
import { standardPace, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import type { Admit } from '../../../kernel/principal.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { Door, Drained } from '../../listener/door.ts';
import { pathOf } from '../endpoint-paths.ts';
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
  readonly pace?: Pace;
}

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
    const answer = new RestAnswer(this.#context, response, this.#context.pace ?? standardPace);
    try {
      checkOrigin(this.#context.originGuard, request);
      if (request.method !== 'POST') throw new GatewayError('method_not_allowed', 'Use POST.');
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
    const principal = await admit(credentialHeader(request.headers));
    const { endpoint, tool } = placeOf(request.url as string);
    const { value, bytes } = await readMessage(request);
    if (!isJsonObject(value)) {
      throw new GatewayError('invalid_params', 'The body must be an object: the arguments.');
    }
    const asEvents = request.headers.accept?.includes('text/event-stream') === true;
    const io = new RestIo(asEvents ? (one) => answer.notify(one) : undefined);
    response.once('close', () => io.cancellation.cancel('client_gone'));
    this.#running.add(io);
    try {
      const call = { principal, endpoint, sessionId: null, tool, given: value, bytesIn: bytes };
      const result = await runRestCall(gateway, { ...call, ...started }, io);
      answer.result(bodyOf(result), asEvents);
    } finally {
      this.#running.delete(io);
    }
  }
}

function placeOf(url: string): { readonly endpoint: Endpoint; readonly tool: string } {
  const [, group, slug = '', name = ''] = TOOL_PATH.exec(pathOf(url)) ?? [];
  const kind = group === 'bundles' ? 'bundle' : 'service';
  try {
    return { endpoint: { kind, slug }, tool: decodeURIComponent(name) };
  } catch {
    throw new GatewayError('not_found');
  }
}

/** Structured content when the tool has it, else its content blocks. */
function bodyOf(result: JsonBytes): Buffer {
  if (result.has('isError') && result.member('isError') === true) throw toolFailure(result.value);
  return result.memberBytes('structuredContent') ?? result.withoutMembers(['isError']).bytes;
}
