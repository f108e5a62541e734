import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../kernel/errors.ts';
import { parseWithDigits } from '../../kernel/json-digits.ts';
import { faultText, jsonFault } from './json-fault.ts';
import { limits } from '../../kernel/limits.ts';

/** The envelope and its parameters; below them stand arguments, which are a tool's own. */
const bounds = { levelsMax: limits.jsonDepthMax, protoLevels: 2 };
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses the bytes of one message; the digits of long numbers are remembered (`json-digits.ts`).
 * A byte order mark is passed over (RFC 8259 §8.1). Throws GatewayError: `parse_error`,
 * `invalid_request` (nested too deeply, or read differently by different programs).
 */
export function parseMessage(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('parse_error', 'The body is not valid UTF-8.');
  const whole = bytes.toString('utf8');
  const text = whole.charCodeAt(0) === BYTE_ORDER_MARK ? whole.slice(1) : whole;
  const fault = jsonFault(text, bounds);
  if (fault === 'too deep') {
    const problem = `The body is nested deeper than ${limits.jsonDepthMax} levels.`;
    throw new GatewayError('invalid_request', problem);
  }
  if (fault !== undefined) throw new GatewayError('parse_error', faultText(fault));
  try {
    return parseWithDigits(text, limits.jsonDepthMax);
  } catch {
    throw new GatewayError('parse_error');
  }
}
