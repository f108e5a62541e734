import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../kernel/errors.ts';
import { parseWithDigits } from '../kernel/json-digits.ts';
import { limits } from '../kernel/limits.ts';

/**
 * Parses the bytes of one message; the digits of long numbers are remembered (`json-digits.ts`).
 * Throws GatewayError: `parse_error`, `invalid_request` (nested too deeply).
 */
export function parseMessage(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('parse_error', 'The body is not valid UTF-8.');
  let value: unknown;
  try {
    value = parseWithDigits(bytes.toString('utf8'));
  } catch {
    throw new GatewayError('parse_error');
  }
  if (!isShallow(value, limits.jsonDepthMax)) {
    const text = `The body is nested deeper than ${limits.jsonDepthMax} levels.`;
    throw new GatewayError('invalid_request', text);
  }
  return value;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isShallow(item, levels - 1));
  for (const key in value) {
    if (!isShallow((value as Record<string, unknown>)[key], levels - 1)) return false;
  }
  return true;
}
