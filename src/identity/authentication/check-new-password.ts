import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { isTooLong } from './passwords.ts';
import type { Person } from './people.ts';

/**
 * Throws GatewayError `invalid_params`, naming the field, for a password that must not be chosen:
 * too short, too long, or what everybody knows of the person. No rules on kinds of characters
 * (NIST SP 800-63B, section 5.1.1.2).
 */
export function checkNewPassword(
  password: string,
  { login, email, name }: Pick<Person, 'login' | 'email' | 'name'>,
  field = 'password',
): void {
  const characters = Array.from(password.normalize('NFC')).length;
  const { passwordCharactersMin: least, passwordBytesMax: most } = limits;
  if (characters < least) throw refusal(field, 'is too short', `At least ${least} characters.`);
  if (isTooLong(password)) throw refusal(field, 'is too long', `At most ${most} bytes.`);
  const plain = folded(password);
  const known = [login, email, name].map((text) => folded(text ?? ''));
  if (known.includes(plain)) {
    throw refusal(field, 'is the name or address of its user', 'Choose one nobody can guess.');
  }
}

function folded(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

function refusal(field: string, problem: string, fix: string): GatewayError {
  const data = { errors: [{ field, problem, fix }] };
  return new GatewayError('invalid_params', `${field} ${problem}.`, { data });
}
