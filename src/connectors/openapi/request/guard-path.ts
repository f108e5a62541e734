import { ArgumentError } from '../../../upstream/argument-error.ts';
import type { ParameterPlan } from '../model/request-plan.ts';

/** What happens to a slash inside a path value. */
export type PathSlash = 'encode' | 'refuse';

const DECODE_ROUNDS = 4;

/**
 * Refuses a path value that could leave its segment. Percent-encoding is not enough: `..` has
 * nothing to encode, and clients, proxies and servers decode `%2e%2e` before they resolve it.
 */
export function guardPathText(plan: ParameterPlan, text: string, slash: PathSlash): void {
  if (/[\u0000-\u001F\u007F]/.test(text)) {
    throw new ArgumentError(plan.argument, 'must not contain control characters');
  }
  for (const form of decodedForms(text)) {
    if (form.split(/[/\\]/).some(isDotSegment)) {
      throw new ArgumentError(
        plan.argument,
        'must not contain "." or ".." as a path segment; give the plain value',
      );
    }
    if (/[\u0000\r\n]/.test(form)) {
      throw new ArgumentError(plan.argument, 'must not contain encoded control characters');
    }
  }
  if (slash === 'refuse' && decodedForms(text).some((form) => /[/\\]/.test(form))) {
    throw new ArgumentError(plan.argument, 'must not contain "/" or "\\"');
  }
}

/** A dot segment, with path parameters that some servers strip first (`..;x`). */
function isDotSegment(segment: string): boolean {
  return /^\.{1,2}$/.test((segment.split(';', 1)[0] ?? '').trim());
}

/** The text, and everything that decoding it again and again could make of it. */
function decodedForms(text: string): readonly string[] {
  const forms = new Set<string>();
  let current = text;
  for (let round = 0; round < DECODE_ROUNDS; round += 1) {
    forms.add(current);
    forms.add(current.normalize('NFKC'));
    const next = decodeOnce(current);
    if (next === current) break;
    current = next;
  }
  return [...forms];
}

const decodeOnce = (text: string): string =>
  text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );

/**
 * The last check before a URL is used: it still has the server's origin, the template's literal
 * beginning and the template's number of segments.
 */
export function assertInsideTemplate(url: string, serverUrl: URL, template: string): void {
  const parsed = new URL(url);
  const path = parsed.pathname;
  const base = serverUrl.pathname.replace(/\/+$/, '');
  const placeholder = template.indexOf('{');
  const literal = placeholder === -1 ? template : template.slice(0, placeholder);
  const sent = url.slice(serverUrl.origin.length).split('?', 1)[0] ?? '';
  const expected = segments(base) + segments(template);
  // Text of the template and values together may make what neither was: label style adds a dot.
  const plain = decodedForms(sent).every((form) => !form.split(/[/\\]/).some(isDotSegment));
  const inside =
    plain &&
    parsed.origin === serverUrl.origin &&
    url.startsWith(`${serverUrl.origin}${base}${literal}`) &&
    segments(sent) === expected &&
    segments(path) === expected &&
    parsed.username === '' &&
    parsed.hash === '';
  if (!inside) {
    throw new ArgumentError('path', 'values would lead outside the path of this operation');
  }
}

const segments = (path: string): number => path.split('/').length - 1;
