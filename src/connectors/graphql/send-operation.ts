import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { Egress } from '../../kernel/egress.ts';
import { parseExactJson } from '../../kernel/numbers/exact-json.ts';

/** The body of a request (GraphQL over HTTP, "Request Parameters"). */
export interface OperationPayload {
  readonly query?: string;
  readonly documentId?: string;
  readonly operationName?: string;
  readonly variables?: JsonObject;
  readonly extensions?: JsonObject;
}

/** What came back; `data` is undefined when the answer is not a GraphQL response. */
export interface OperationAnswer {
  readonly status: number;
  readonly data: Json | undefined;
  readonly errors: readonly JsonObject[];
}

/**
 * Sends one operation; a query `isSafe`, a mutation is not. Throws GatewayError when there is no
 * answer at all.
 */
export type SendOperation = (
  payload: OperationPayload,
  cancellation?: Cancellation,
  isSafe?: boolean,
) => Promise<OperationAnswer>;

/** What sending needs. */
export interface SendOptions {
  readonly endpoint: string;
  readonly egress: Egress;
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly bytesMax: number;
  readonly timeoutMs?: number;
}

/** Makes the function that posts operations to the endpoint. */
export function createSendOperation(options: SendOptions): SendOperation {
  const { endpoint, egress, headers, bytesMax, timeoutMs } = options;
  return async (payload, cancellation, isSafe = false) => {
    const response = await egress.request({
      url: endpoint,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...(await headers()),
      },
      body: JSON.stringify(payload),
      isSafe,
      ...(cancellation === undefined ? {} : { cancellation }),
      ...(timeoutMs === undefined ? {} : { headersTimeoutMs: timeoutMs }),
    });
    const body = await response.bytes(bytesMax);
    return readAnswer(response.status, body);
  };
}

/** Reads a response body, or one `next` payload. */
export function readAnswer(status: number, body: Buffer | Json): OperationAnswer {
  const value = Buffer.isBuffer(body) ? parseBody(body) : body;
  if (!isJsonObject(value)) return { status, data: undefined, errors: [] };
  const errors = Array.isArray(value['errors']) ? (value['errors'] as readonly Json[]) : [];
  return { status, data: value['data'], errors: errors.filter(isJsonObject) };
}

function parseBody(body: Buffer): Json | undefined {
  try {
    return parseExactJson(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new GatewayError('upstream_failed', undefined, { cause: error });
  }
}
