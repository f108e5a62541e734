import { GatewayError } from '../../../kernel/errors.ts';

/**
 * The parameters that a path has at the places of a template such as `/users/{user}`. Throws
 * `not_found` for a path that is none of the template's.
 */
export function pathParamsOf(template: string, pathname: string): Readonly<Record<string, string>> {
  const wanted = template.split('/');
  const given = pathname.split('/');
  if (wanted.length !== given.length) throw new GatewayError('not_found');
  const params: Record<string, string> = {};
  for (const [at, piece] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    const text = given[at] ?? '';
    if (name !== undefined) params[name] = decoded(text);
    else if (piece !== text) throw new GatewayError('not_found');
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new GatewayError('not_found', undefined, { cause });
  }
}
