import { randomUUID } from 'node:crypto';
import type { Cancellation } from '../../../kernel/cancellation.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import {
  objectMember,
  stringMember,
  withoutMembers,
  type JsonObject,
} from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { RequestId, ResponseFrame } from '../../json-rpc.ts';
import type { MessageSink } from '../message-sink.ts';
import { requestText } from '../../wire/message-text.ts';

/** What a round of asking brought. */
export interface InputRound {
  /** Results by the key they were asked under. */
  readonly responses: JsonObject;
  /** True when the client answered something with an error. */
  readonly failed: boolean;
}

interface Waiting {
  readonly settle: (frame: ResponseFrame) => void;
  readonly reject: () => void;
}

/** Requests that the gateway sends to a legacy client and waits for. */
export class ClientRequests {
  readonly #waiting = new Map<RequestId, Waiting>();
  #lastId = 0;

  /** Sends all input requests at once; resolves when each is answered. */
  async ask(
    inputRequests: Readonly<Record<string, JsonObject>>,
    sink: MessageSink,
    cancellation: Cancellation,
    protocolVersion: string,
  ): Promise<InputRound> {
    const responses: Record<string, JsonObject> = {};
    let failed = false;
    await Promise.all(
      Object.entries(inputRequests).map(async ([key, input]) => {
        const answer = await this.#send(asLegacy(input, protocolVersion), sink, cancellation);
        if (answer.result !== undefined) responses[key] = answer.result;
        else if (input['method'] === 'elicitation/create') responses[key] = { action: 'cancel' };
        else failed = true;
      }),
    );
    return { responses, failed };
  }

  /** Gives an answer to whoever waits for it; false when nobody does. */
  settle(frame: ResponseFrame): boolean {
    const waiting = this.#waiting.get(frame.id);
    waiting?.settle(frame);
    return waiting !== undefined;
  }

  rejectAll(): void {
    for (const waiting of this.#waiting.values()) waiting.reject();
  }

  #send(input: JsonObject, sink: MessageSink, cancellation: Cancellation): Promise<ResponseFrame> {
    const id = `gateway-${++this.#lastId}`;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        undo();
      };
      const fail = (): void => {
        done();
        reject(new GatewayError('cancelled'));
      };
      const timer = setTimeout(() => {
        done();
        resolve({ kind: 'response', id, error: { code: -32603, message: 'timed out' } });
      }, limits.parkedCallMs);
      timer.unref();
      const settle = (frame: ResponseFrame): void => {
        done();
        resolve(frame);
      };
      let undo = (): void => {};
      this.#waiting.set(id, { settle, reject: fail });
      undo = cancellation.onCancel(fail);
      const method = stringMember(input, 'method') ?? '';
      const { params } = input;
      const paramsText = params === undefined ? undefined : JSON.stringify(params);
      void sink.message(requestText(id, method, paramsText));
    });
  }
}

/**
 * Before 2025-11-25 an elicitation had one mode and no member to name it. That revision wants an id
 * on a URL, which 2026-07-28 has dropped: clients refuse the question without one.
 */
function asLegacy(input: JsonObject, protocolVersion: string): JsonObject {
  const params = objectMember(input, 'params');
  if (params === undefined) return input;
  if (protocolVersion < '2025-11-25') {
    return { ...input, params: withoutMembers(params, ['mode']) };
  }
  if (params['mode'] !== 'url' || typeof params['elicitationId'] === 'string') return input;
  return { ...input, params: { ...params, elicitationId: randomUUID() } };
}
