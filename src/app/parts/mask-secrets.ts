import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { Json } from '../../kernel/json.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { Upstream, UpstreamCaller } from '../../upstream/contract.ts';
import { StartFailure } from '../../upstream/start-failure.ts';
import type { SentSecrets } from './sent-secrets.ts';

const MASK = '***';
/** A user name and a password as they are sent (RFC 7617). */
const BASIC = /\bBasic ([A-Za-z0-9+/]{8,}={0,2})/g;

/**
 * The same upstream, whose errors and whole results no longer repeat the secrets that it was sent,
 * whenever they are sent. A large result that is piped through is handed on as it is.
 */
export function maskSecrets(upstream: Upstream, sent: SentSecrets): Upstream {
  return {
    discover: async (signal, caller) => {
      try {
        return await upstream.discover(signal, caller && noting(caller, sent));
      } catch (error) {
        throw maskedError(error, (text) => masked(text, sent.masks));
      }
    },
    request: async (request, io) => {
      try {
        const caller = noting(request.caller, sent);
        return maskedOutcome(await upstream.request({ ...request, caller }, io), sent.masks);
      } catch (error) {
        throw maskedError(error, (text) => masked(text, sent.masks));
      }
    },
    listen: (filter, caller, io) => upstream.listen(filter, noting(caller, sent), io),
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  };
}

/** The same caller, whose tokens are known to be sent. */
export function noting(caller: UpstreamCaller, sent: SentSecrets): UpstreamCaller {
  const { tenant, grantId } = caller;
  return {
    tenant,
    grantId,
    account: () => caller.account(),
    credential: async (scheme, refused) => {
      const token = await caller.credential(scheme, refused);
      if (token !== undefined) sent.addToken(token);
      return token;
    },
  };
}

function masked(text: string, masks: readonly string[]): string {
  const plain = masks.reduce((rest, mask) => rest.replaceAll(mask, MASK), text);
  return plain.replaceAll(BASIC, (whole, encoded: string) => {
    const pair = JSON.stringify(Buffer.from(encoded, 'base64').toString('utf8'));
    return masks.some((mask) => pair.includes(mask)) ? `Basic ${MASK}` : whole;
  });
}

function maskedOutcome(outcome: McpOutcome, masks: readonly string[]): McpOutcome {
  if (outcome.resultType !== 'complete' || masks.length === 0) return outcome;
  const { bytes } = outcome.result;
  if (!bytes.includes('Basic ') && !masks.some((mask) => bytes.includes(mask))) return outcome;
  const text = masked(bytes.toString('utf8'), masks);
  return { ...outcome, result: JsonBytes.fromBytes(Buffer.from(text)) };
}

function maskedError(error: unknown, mask: (text: string) => string): unknown {
  if (!(error instanceof RpcError || error instanceof GatewayError)) return error;
  const data = error.data === undefined ? undefined : JSON.stringify(error.data);
  if (error instanceof StartFailure) {
    const { code, message, output } = error;
    const [shown, wrote] = JSON.parse(mask(JSON.stringify([message, output]))) as [string, string];
    return new StartFailure(code, shown, wrote);
  }
  // As JSON, because that is how the masks are written.
  const message = JSON.stringify(error.message);
  if (mask(message) === message && (data === undefined || mask(data) === data)) return error;
  const text = JSON.parse(mask(message)) as string;
  const rest = data === undefined ? undefined : (JSON.parse(mask(data)) as Json);
  if (error instanceof RpcError) return new RpcError(error.rpcCode, text, rest);
  const options = rest === undefined ? {} : { data: rest };
  return new GatewayError(error.code, text, options);
}
