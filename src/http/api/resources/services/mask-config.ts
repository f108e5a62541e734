import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { type FieldError, fieldProblem } from '../../framework/problem.ts';

/** What stands in place of a value that is not shown. */
export const MASK = '***hidden***';

const SECRET_NAME =
  /auth|bearer|cookie|credential|key|passphrase|passw|pwd|private|secret|session|signature|token/i;
/** Names about a secret that do not hold one: `tokenUrl`, `apiKeyName`, `auth_type`. */
const ABOUT_A_SECRET = /(_|[a-z](?=[A-Z]))(url|uri|name|type|header|in|prefix|scheme)$/i;
const SECRET_VALUE =
  /^(sk|pk|rk|ghp|gho|ghs|glpat|xox[a-z]|mgw|AKIA|eyJ)[-_A-Za-z0-9.]{12,}|^(bearer|basic) /i;
const PLACEHOLDERS_ONLY = /^(bearer |basic |token )?(\$\{\w+\}[:\s]?)+$/i;
const FLAG = /^--?[\w-]+$/;

/** True when a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name);
}

/** True when a text has the form of a secret, whatever its name. */
export function isSecretText(text: string): boolean {
  return SECRET_VALUE.test(text);
}

/**
 * A configuration fit to be shown: texts that look secret by name or by form are masked, unless
 * they only refer to a secret (`${NAME}`), and very long values are left out.
 */
export function maskConfig(config: JsonObject): JsonObject {
  const mask = (value: Json, secret: boolean): Json => {
    if (typeof value === 'string') return maskedText(value, secret);
    if (Array.isArray(value)) return maskedList(value as readonly Json[], secret, mask);
    if (!isJsonObject(value)) return value;
    return mapMembers(value, (member, name) => mask(member, isSecretName(name)));
  };
  return mapMembers(config, (value, name) =>
    isLong(value) ? `${MASK} (too long to show)` : mask(value, isSecretName(name)),
  );
}

/** Masks one value; `secret` says that its name is a secret's. Objects start anew. */
type Mask = (value: Json, secret: boolean) => Json;

function mapMembers(object: JsonObject, map: (value: Json, name: string) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, map(value, name)]),
  );
}

function maskedText(text: string, secret: boolean): string {
  if (PLACEHOLDERS_ONLY.test(text)) return text;
  if (secret || isSecretText(text)) return MASK;
  const [, flag = '', value = ''] = /^(--?[\w-]+)=(.+)$/s.exec(text) ?? [];
  if (isSecretName(flag)) return `${flag}=${maskedText(value, true)}`;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? maskedUrl(text) : text;
}

/** Command-line arguments: what follows a flag with a secret's name is secret too. */
function maskedList(items: readonly Json[], secret: boolean, mask: Mask): Json {
  return items.map((item, index) => {
    const before = items[index - 1];
    const flagged = typeof before === 'string' && FLAG.test(before) && isSecretName(before);
    const isFlag = typeof item === 'string' && FLAG.test(item);
    return mask(item, secret || (flagged && !isFlag));
  });
}

function maskedUrl(text: string): string {
  const withoutUser = text.replace(/^(\w[\w+.-]*:\/\/)([^/?#]*)@/, (all, scheme, user) =>
    PLACEHOLDERS_ONLY.test(String(user)) ? all : `${String(scheme)}${MASK}@`,
  );
  return withoutUser.replace(/([?&#])([^=&#]+)=([^&#]*)/g, (_all, mark, name, value) => {
    const secret = isSecretName(String(name));
    return `${String(mark)}${String(name)}=${maskedText(String(value), secret)}`;
  });
}

/** Counts characters only as far as it must: a document may have millions. */
function isLong(value: Json): boolean {
  let left: number = limits.configShownCharactersMax;
  const take = (part: Json): void => {
    left -= typeof part === 'string' ? part.length : 4;
    if (typeof part !== 'object' || part === null) return;
    for (const [name, member] of Object.entries(part)) {
      if (left < 0) return;
      left -= name.length;
      take(member);
    }
  };
  take(value);
  return left < 0;
}

/** Throws GatewayError `invalid_params` when a masked value comes back as if it were the value. */
export function refuseMasks(config: JsonObject, root: string): void {
  const errors: FieldError[] = [];
  const look = (value: Json, field: string): void => {
    if (typeof value === 'string' && value.includes(MASK)) {
      errors.push({
        field,
        problem: 'holds the mask, not a value',
        fix: 'Send the real value, or put it into secrets and refer to it as ${NAME}.',
      });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) look(member, `${field}.${name}`);
    }
  };
  look(config, root);
  if (errors.length > 0) throw fieldProblem(errors.slice(0, limits.apiFieldErrorsMax));
}
