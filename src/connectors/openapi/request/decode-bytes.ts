import { ArgumentError } from '../../../upstream/argument-error.ts';

/** Bytes given as text, with the type and name that a `data:` URL may carry. */
export interface DecodedBytes {
  readonly bytes: Buffer;
  readonly mediaType: string | undefined;
  readonly fileName: string | undefined;
}

/** Decodes base64, base64url or a `data:` URL. */
export function decodeBytes(argument: string, value: unknown): DecodedBytes {
  if (typeof value !== 'string') {
    throw new ArgumentError(argument, 'must be a base64 string of the bytes to send');
  }
  const url = /^data:([^,;]*)((?:;[^,;]*)*),/i.exec(value);
  const parameters = url?.[2]?.split(';').slice(1) ?? [];
  const text = url === null ? value : value.slice(url[0].length);
  const named = parameters.find((part) => /^(file)?name=/i.test(part));
  const mediaType = url?.[1] === '' ? undefined : url?.[1];
  const fileName = named === undefined ? undefined : unescaped(named.slice(named.indexOf('=') + 1));
  if (url !== null && !parameters.some((part) => part.toLowerCase() === 'base64')) {
    return { bytes: Buffer.from(unescaped(text)), mediaType, fileName };
  }
  const digits = text.replace(/[\s=]+/g, '');
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits) || digits.length % 4 === 1) {
    throw new ArgumentError(argument, 'is not valid base64; encode the bytes to send as base64');
  }
  const alphabet = /[-_]/.test(digits) ? 'base64url' : 'base64';
  return { bytes: Buffer.from(digits, alphabet), mediaType, fileName };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
