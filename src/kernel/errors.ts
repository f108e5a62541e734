import type { Json, JsonObject } from './json.ts';
import type { Permission } from './permissions.ts';

interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** JSON-RPC code on MCP doors. */
  readonly rpcCode: number;
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
  /** The text a client sees when the thrower gives no better one. */
  readonly text: string;
}

const entry = (status: number, rpcCode: number, retryable: boolean, text: string): ErrorEntry => ({
  status,
  rpcCode,
  retryable,
  text,
});

/**
 * Every error the gateway answers with. Codes outside -32768..-32000 are the gateway's own
 * (MCP 2026-07-28 basic/index, "Error Codes"), but for sessions, which that revision has none of;
 * docs/reference/errors.md explains each.
 */
export const errorRegistry = {
  parse_error: entry(400, -32700, false, 'The body is not valid JSON.'),
  invalid_request: entry(400, -32600, false, 'The message is not a valid JSON-RPC request.'),
  method_not_found: entry(404, -32601, false, 'The method is not known here.'),
  invalid_params: entry(400, -32602, false, 'The parameters are not valid.'),
  internal: entry(500, -32603, false, 'The gateway failed; the error id is in its log.'),
  header_mismatch: entry(400, -32020, false, 'A header does not match the body.'),
  missing_capability: entry(400, -32021, false, 'The client lacks a capability this needs.'),
  unsupported_version: entry(400, -32022, false, 'The protocol version is not served here.'),
  origin_refused: entry(403, 4030, false, 'The Origin or Host of this request is not allowed.'),
  unauthenticated: entry(401, 4010, false, 'A valid API key is needed.'),
  second_factor_needed: entry(
    401,
    4011,
    false,
    'A one-time code is needed as well: totp or recoveryCode.',
  ),
  forbidden: entry(403, 4031, false, 'This key may not do that.'),
  connection_required: entry(
    403,
    4034,
    false,
    'This needs an account of yours at the service; connect it first.',
  ),
  not_found: entry(404, 4040, false, 'There is no such thing here.'),
  method_not_allowed: entry(405, 4050, false, 'This HTTP method is not allowed here.'),
  model_unknown: entry(404, 4042, false, 'There is no model of that name here.'),
  conflict: entry(409, 4090, false, 'This clashes with something that exists.'),
  run_open: entry(409, 4091, false, 'A run of this conversation is not over.'),
  precondition_failed: entry(412, 4120, false, 'This has changed since it was read.'),
  // The code that official clients open a new session on, and that official servers send.
  session_not_found: entry(404, -32001, false, 'The session is unknown or has ended.'),
  payload_too_large: entry(413, 4130, false, 'The body is larger than allowed.'),
  unsupported_media_type: entry(415, 4150, false, 'The body must be application/json.'),
  not_acceptable: entry(406, 4060, false, 'Accept must list what this endpoint can answer.'),
  invalid_document: entry(422, 4220, false, 'The document cannot be used.'),
  invalid_configuration: entry(422, 4221, false, 'The configuration is not valid.'),
  egress_denied: entry(422, 4222, false, 'The gateway may not connect to that address.'),
  model_not_configured: entry(
    422,
    4226,
    false,
    'No model is configured: add a provider with POST /api/v1/models/providers.',
  ),
  tool_failed: entry(422, 4223, false, 'The tool reported an error.'),
  guardrail_blocked: entry(422, 4224, false, 'A guardrail refuses what this call carries.'),
  approval_required: entry(403, 4032, true, 'The call waits for an approval; repeat it later.'),
  approval_denied: entry(403, 4033, false, 'The call was not approved.'),
  too_many: entry(429, 4290, true, 'Too many at once; try again later.'),
  insufficient_credit: entry(402, 4020, false, 'The credit does not cover what this may cost.'),
  budget_exhausted: entry(429, 4291, true, 'A budget is used up.'),
  price_unbounded: entry(422, 4225, false, 'No maximum can be stated for what this may cost.'),
  upstream_failed: entry(502, 5020, true, 'The service behind the gateway failed.'),
  upstream_unavailable: entry(503, 5030, true, 'The service is not ready.'),
  upstream_timeout: entry(504, 5040, true, 'The service did not answer in time.'),
  cancelled: entry(499, 4990, false, 'The exchange was cancelled.'),
  storage_unavailable: entry(
    503,
    5032,
    true,
    'The gateway cannot keep records now; try again later.',
  ),
  overloaded: entry(503, 5034, true, 'The gateway has too much to do; try again later.'),
  guardrail_unavailable: entry(503, 5033, true, 'A guardrail cannot inspect the call now.'),
  shutting_down: entry(503, 5031, true, 'The gateway is shutting down.'),
} as const satisfies Record<string, ErrorEntry>;

/** The name of a registered error. */
export type ErrorCode = keyof typeof errorRegistry;

/** What an error may have besides its code and its text. */
interface GatewayErrorOptions {
  readonly cause?: unknown;
  /** For the client. */
  readonly data?: Json;
  /** The rule that decided; for the audit log, never for the client. */
  readonly rule?: string;
  /** The permission whose absence is the reason of a `forbidden`. */
  readonly permission?: Permission;
}

/** An error with a registered code: the client gets code and text, the log gets the cause. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly data: Json | undefined;
  readonly rule: string | undefined;
  /** The permission whose absence is the reason of a `forbidden`. */
  readonly permission: Permission | undefined;

  constructor(code: ErrorCode, text?: string, options?: GatewayErrorOptions) {
    super(text ?? errorRegistry[code].text, { cause: options?.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.data = options?.data;
    this.rule = options?.rule;
    this.permission = options?.permission;
  }

  get status(): number {
    return errorRegistry[this.code].status;
  }

  get rpcCode(): number {
    return errorRegistry[this.code].rpcCode;
  }
}

/**
 * A JSON-RPC error that an upstream answered and that travels to the client as it is.
 * It is an answer, not a fault of the gateway.
 */
export class RpcError extends Error {
  readonly rpcCode: number;
  readonly data: Json | undefined;
  /** The rule that decided, where the gateway itself refuses; for the audit log alone. */
  readonly rule: string | undefined;

  constructor(rpcCode: number, message: string, data?: Json, rule?: string) {
    super(message);
    this.name = 'RpcError';
    this.rpcCode = rpcCode;
    this.data = data;
    this.rule = rule;
  }
}

/** The error as a JSON-RPC error object; an unknown error shows nothing of itself. */
export function toRpcErrorObject(error: unknown, errorId?: string): JsonObject {
  if (error instanceof RpcError || error instanceof GatewayError) {
    const { rpcCode: code, message, data } = error;
    return data === undefined ? { code, message } : { code, message, data };
  }
  const { rpcCode: code, text: message } = errorRegistry.internal;
  return errorId === undefined ? { code, message } : { code, message, data: { errorId } };
}
