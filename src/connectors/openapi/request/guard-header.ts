import { ArgumentError } from '../../../upstream/argument-error.ts';
import { isDeniedHeader, isToken } from './denied-headers.ts';

/** Refuses a header that a caller must not set, or a value that would start another header. */
export function guardHeader(argument: string, name: string, value: string): string {
  if (isDeniedHeader(name)) {
    throw new ArgumentError(argument, `cannot be sent: header "${name}" is set by the gateway`);
  }
  if (/[\u0000-\u0008\u000A-\u001F\u007F]/.test(value)) {
    throw new ArgumentError(argument, 'must not contain control characters or line breaks');
  }
  if (/[^\u0000-\u00FF]/.test(value)) {
    throw new ArgumentError(argument, 'must be Latin-1 text: it travels in an HTTP header');
  }
  return value.trim();
}

/** Refuses a cookie that would add another cookie or header. */
export function guardCookie(argument: string, pair: string): string {
  const equals = pair.indexOf('=');
  if (!isToken(pair.slice(0, equals))) {
    throw new ArgumentError(argument, 'has a name that a cookie cannot have');
  }
  if (/[\u0000-\u0020\u007F;"\\]|[^\u0000-\u00FF]/.test(pair.slice(equals + 1))) {
    throw new ArgumentError(argument, 'must not contain spaces, quotes, ";" or control characters');
  }
  return pair;
}
