import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../kernel/errors.ts';
import { parseWithDigits } from '../../kernel/json-digits.ts';
import { limits } from '../../kernel/limits.ts';

/**
 * Parses the bytes of one message; the digits of long numbers are remembered (`json-digits.ts`).
 * Throws GatewayError: `parse_error`, `invalid_request` (nested too deeply).
 */
export function parseMessage(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('parse_error', 'The body is not valid UTF-8.');
  try {
    return parseWithDigits(bytes.toString('utf8'), limits.jsonDepthMax);
  } catch (error) {
    if (!(error instanceof RangeError)) throw new GatewayError('parse_error');
    const text = `The body is nested deeper than ${limits.jsonDepthMax} levels.`;
    throw new GatewayError('invalid_request', text);
  }
}
