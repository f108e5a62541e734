import { stringMember } from '../kernel/json.ts';
import type { LiveService } from './live-service.ts';

/** Finds the service that owns a resource: by its list, then by its URI templates. */
export interface ResourceIndex {
  /** The owner, or undefined when no service claims the URI. */
  owner(uri: string): LiveService | undefined;
}

/** Builds the index; of two claims the first service in the given order wins. */
export function createResourceIndex(services: readonly LiveService[]): ResourceIndex {
  const exact = new Map<string, LiveService>();
  const templates: { readonly literals: readonly string[]; readonly live: LiveService }[] = [];
  for (const live of services) {
    for (const resource of live.listing.resources) {
      const uri = stringMember(resource, 'uri');
      if (uri !== undefined && !exact.has(uri)) exact.set(uri, live);
    }
    for (const template of live.listing.templates) {
      const text = stringMember(template, 'uriTemplate');
      if (text !== undefined) templates.push({ literals: text.split(/\{[^{}]*\}/), live });
    }
  }
  return {
    owner: (uri) =>
      exact.get(uri) ?? templates.find(({ literals }) => matches(literals, uri))?.live,
  };
}

/**
 * True when the URI is the literals in order with any runs between them. A template's
 * expressions are not told apart, so this never backtracks however hostile the template is.
 */
function matches(literals: readonly string[], uri: string): boolean {
  const [first = '', ...others] = literals;
  const last = others.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (const literal of others) {
    const found = uri.indexOf(literal, at);
    if (found === -1) return false;
    at = found + literal.length;
  }
  return uri.length - last.length >= at && uri.endsWith(last);
}
