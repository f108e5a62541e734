import { GatewayError } from '../../../kernel/errors.ts';
import { retryAfterSeconds } from '../../../kernel/http/retry-after.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { ModelFailure, type FailureFacts, type FailureKind } from './model-failure.ts';

/** Of which model a failure is told, and what must not be in what is told. */
export interface FailureSubject {
  /** `provider/model`. */
  readonly name: string;
  secrets: readonly string[];
}

/**
 * What an error of a provider's client means. Only the shape of errors is read, never their class:
 * the libraries are loaded late, and each brings its own copy.
 */
export function readFailure(error: unknown, subject: FailureSubject): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (error instanceof GatewayError) return fromEgress(error, subject);
  const facts: JsonLike = isObject(error) ? error : {};
  if (facts['name'] === 'AbortError') return failure('cancelled', subject);
  if (facts['name'] === 'TimeoutError') return failure('timeout', subject);
  const within = [facts['cause'], facts['lastError']].find((one) => one instanceof GatewayError);
  if (within instanceof GatewayError) return fromEgress(within, subject);
  const status = numberIn(facts, 'statusCode');
  if (status === undefined) return fromStream(error, subject);
  const body = textIn(facts, 'responseBody') ?? '';
  const said = { status, body, detail: detailOf(error, body, subject.secrets) };
  const kind = kindOf(status, body);
  return failure(kind, subject, { ...said, retryAfterMs: retryAfterMs(facts) });
}

/** An answer that ended before its end. */
export function cutOff(subject: FailureSubject): ModelFailure {
  return failure('cut_off', subject);
}

/** The failure with its sentence. */
function failure(kind: FailureKind, subject: FailureSubject, facts: FailureFacts = {}) {
  return new ModelFailure(kind, sentenceOf(kind, subject.name, facts), facts);
}

function sentenceOf(kind: FailureKind, name: string, { status, retryAfterMs }: FailureFacts) {
  const model = `The model "${name}"`;
  const provider = `The provider of "${name}"`;
  const with_ = status === undefined ? '' : ` (HTTP ${status})`;
  const wait = retryAfterMs === undefined ? '' : `; it asks for ${retryAfterMs / 1000} s`;
  const sentences: Readonly<Record<FailureKind, string>> = {
    rate_limited: `${provider} takes no more requests for now${with_}${wait}.`,
    quota: `The account at the provider of "${name}" has used up what it may use${with_}.`,
    provider_failed: `${provider} failed${with_}.`,
    unreachable: `${provider} cannot be reached.`,
    timeout: `${model} did not answer in time.`,
    cut_off: `The answer of the model "${name}" was cut off.`,
    bad_key: `${provider} refuses the key${with_}: give the provider another one.`,
    no_such_model: `${provider} has no such model, or not at this base URL${with_}.`,
    bad_request: `${provider} does not take the request${with_}.`,
    too_long: `The conversation is longer than the model "${name}" reads${with_}.`,
    refused: `${provider} refuses to answer this${with_}.`,
    address_denied:
      `${provider} is at an address that the gateway may not connect to; the operator can allow ` +
      'it with egress.allowHosts or egress.allowLoopback.',
    cancelled: `${model} was stopped.`,
  };
  return sentences[kind];
}

function fromEgress({ code, message }: GatewayError, subject: FailureSubject): ModelFailure {
  const kinds: Partial<Record<GatewayError['code'], FailureKind>> = {
    egress_denied: 'address_denied',
    upstream_unavailable: 'unreachable',
    upstream_timeout: 'timeout',
    upstream_failed: 'cut_off',
    shutting_down: 'cancelled',
    cancelled: 'cancelled',
  };
  return failure(kinds[code] ?? 'provider_failed', subject, { detail: message });
}

/** An error without a status came in the middle of a stream, or is no answer at all. */
function fromStream(error: unknown, subject: FailureSubject): ModelFailure {
  const text = isObject(error) ? JSON.stringify(plain(error)) : String(error);
  const detail = detailOf(error, text, subject.secrets);
  if (/overloaded|rate_limit|too_many_requests/i.test(text)) {
    return failure('rate_limited', subject, { detail });
  }
  if (isRefusal(text)) return failure('refused', subject, { detail });
  if (isTooLong(text)) return failure('too_long', subject, { detail });
  return failure('provider_failed', subject, { detail });
}

function kindOf(status: number, body: string): FailureKind {
  if (status === 401 || status === 403) return 'bad_key';
  if (status === 402) return 'quota';
  if (status === 408) return 'timeout';
  if (status === 413) return 'too_long';
  if (status === 429) return isQuota(body) ? 'quota' : 'rate_limited';
  if (status === 503 || status === 529) return 'rate_limited';
  if (status >= 500 || status < 400) return 'provider_failed';
  if (isTooLong(body)) return 'too_long';
  if (isRefusal(body)) return 'refused';
  if (status === 404 || /model_not_found|unknown_model/i.test(body)) return 'no_such_model';
  // Google says so with 400, where the others have 401.
  if (/API_KEY_INVALID/.test(body)) return 'bad_key';
  return 'bad_request';
}

function isQuota(body: string): boolean {
  return /insufficient_quota|billing_hard_limit|credit balance/i.test(body);
}

function isTooLong(text: string): boolean {
  return /context_length_exceeded|prompt is too long|maximum context length|too many tokens/i.test(
    text,
  );
}

function isRefusal(text: string): boolean {
  return /content_filter|content_policy|ResponsibleAIPolicyViolation/i.test(text);
}

function retryAfterMs(facts: JsonLike): number | undefined {
  const headers = isObject(facts['responseHeaders']) ? facts['responseHeaders'] : {};
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') texts[name.toLowerCase()] = value;
  }
  const exact = Number(texts['retry-after-ms']);
  if (texts['retry-after-ms'] !== undefined && exact >= 0 && exact <= 3_600_000) return exact;
  const seconds = retryAfterSeconds(texts);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A little of what the provider said, without the key. */
function detailOf(error: unknown, body: string, secrets: readonly string[]): string {
  const said = error instanceof Error ? `${error.message} ${messageIn(body)}` : body;
  let text = said;
  for (const secret of secrets) {
    if (secret !== '') text = text.replaceAll(secret, '[removed]');
  }
  // Providers repeat a part of a key that they refuse.
  text = text.replaceAll(/\b(?:sk|pk|key|AIza|AKIA|Bearer)[-_ ]?[\w*.-]{6,}/g, '[removed]');
  return text.trim().slice(0, limits.modelFailureDetailCharactersMax);
}

/** The message of an error document; nothing of any other body. */
function messageIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const inner = isJsonObject(parsed) ? (parsed['error'] ?? parsed) : undefined;
    const { message, code, type }: JsonObject = isJsonObject(inner) ? inner : {};
    return [message, code, type].filter((one) => typeof one === 'string').join(' ');
  } catch {
    return '';
  }
}

type JsonLike = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonLike {
  return typeof value === 'object' && value !== null;
}

function plain(error: JsonLike): JsonLike {
  const { message, code, type, data } = error;
  return { ...error, message, code, type, data };
}

function numberIn(facts: JsonLike, name: string): number | undefined {
  const value = facts[name];
  return typeof value === 'number' ? value : undefined;
}

function textIn(facts: JsonLike, name: string): string | undefined {
  const value = facts[name];
  return typeof value === 'string' ? value : undefined;
}
