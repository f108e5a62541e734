import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GatewayError } from '../../kernel/errors.ts';
import type { SealKey } from '../../kernel/seal.ts';
import type { configSchema, DeclaredKeys } from './config-schema.ts';

type Written = ReturnType<typeof configSchema.parse>['keys'];
type WrittenSecret = Extract<Written, readonly unknown[]>[number]['secret'];

const SECRET_BYTES_MIN = 32;

/**
 * The key ring with its secrets in place of what the configuration says about them. Throws
 * GatewayError `invalid_configuration` with one sentence, which shows nothing of a secret.
 */
export function resolveKeys(
  keys: Written,
  variable: (name: string) => string | undefined,
  folder: string,
): DeclaredKeys {
  if (typeof keys === 'string') return keys;
  return keys.map(({ id, secret }): SealKey => {
    const bytes = secretOf(id, secret, variable, folder);
    if (bytes.length >= SECRET_BYTES_MIN) return { id, secret: bytes };
    throw invalid(
      `The secret of the key "${id}" must be ${SECRET_BYTES_MIN} bytes or more in base64; ` +
        'make one with "mcp-gateway keys rotate".',
    );
  });
}

function secretOf(
  id: string,
  secret: WrittenSecret,
  variable: (name: string) => string | undefined,
  folder: string,
): Buffer {
  if (typeof secret === 'string') return fromBase64(secret);
  if ('file' in secret) return fromFile(id, resolve(folder, secret.file));
  const text = variable(secret.env);
  if (text !== undefined) return fromBase64(text);
  throw invalid(`The key "${id}" needs the environment variable ${secret.env}, which is not set.`);
}

/** A key file of a data folder holds the bytes themselves, a mounted secret their base64. */
function fromFile(id: string, path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    return bytes.length === SECRET_BYTES_MIN ? bytes : fromBase64(bytes.toString('latin1'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const text = `The secret of the key "${id}" cannot be read from ${path} (${code}).`;
    throw new GatewayError('invalid_configuration', text, { cause });
  }
}

/** What is not base64 gives no bytes, which are too few. */
function fromBase64(text: string): Buffer {
  const trimmed = text.trim();
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)
    ? Buffer.from(trimmed, 'base64')
    : Buffer.alloc(0);
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_configuration', text);
}
