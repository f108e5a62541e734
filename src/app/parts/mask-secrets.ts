import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { Json } from '../../kernel/json.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { Upstream } from '../../upstream/contract.ts';

const MASK = '***';
/** What is shorter is found in texts by chance. */
const CHARACTERS_MIN = 8;

/**
 * The same upstream, whose errors and whole results no longer repeat the secrets that it was sent.
 * A large result that is piped through is handed on as it is.
 */
export function maskSecrets(upstream: Upstream, secrets: ReadonlySet<string>): Upstream {
  const masks = [...secrets]
    .filter((secret) => secret.length >= CHARACTERS_MIN)
    // The longest first: one may be a part of another.
    .toSorted((one, other) => other.length - one.length)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  if (masks.length === 0) return upstream;
  const masked = (text: string): string =>
    masks.reduce((rest, mask) => rest.replaceAll(mask, MASK), text);
  return {
    discover: (signal) => upstream.discover(signal),
    request: async (request, io) => {
      try {
        return maskedOutcome(await upstream.request(request, io), masks, masked);
      } catch (error) {
        throw maskedError(error, masked);
      }
    },
    listen: (...given) => upstream.listen(...given),
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}

function maskedOutcome(
  outcome: McpOutcome,
  masks: readonly string[],
  masked: (text: string) => string,
): McpOutcome {
  if (outcome.resultType !== 'complete') return outcome;
  const { bytes } = outcome.result;
  if (!masks.some((mask) => bytes.includes(mask))) return outcome;
  return { ...outcome, result: JsonBytes.fromBytes(Buffer.from(masked(bytes.toString('utf8')))) };
}

function maskedError(error: unknown, masked: (text: string) => string): unknown {
  if (!(error instanceof RpcError || error instanceof GatewayError)) return error;
  const data = error.data === undefined ? undefined : JSON.stringify(error.data);
  // As JSON, because that is how the masks are written.
  const message = JSON.stringify(error.message);
  if (masked(message) === message && (data === undefined || masked(data) === data)) return error;
  const text = JSON.parse(masked(message)) as string;
  const rest = data === undefined ? undefined : (JSON.parse(masked(data)) as Json);
  if (error instanceof RpcError) return new RpcError(error.rpcCode, text, rest);
  const options = rest === undefined ? {} : { data: rest };
  return new GatewayError(error.code, text, options);
}
