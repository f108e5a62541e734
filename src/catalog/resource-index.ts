import { isJsonObject, objectMember, stringMember, type JsonObject } from '../kernel/json.ts';
import type { Listing } from './listing.ts';
import type { LiveService } from './live-service.ts';

/** Finds the service that owns a resource: by its list, then by its URI templates. */
export interface ResourceIndex {
  /** The owner, or undefined when no service claims the URI. */
  owner(uri: string): LiveService | undefined;
}

/** What a service claims: its lists, or the part of them that is to be found. */
export interface ResourceClaim {
  readonly live: LiveService;
  readonly listing: Pick<Listing, 'tools' | 'resources' | 'templates'>;
}

/** Builds the index; of two claims the first in the given order wins. */
export function createResourceIndex(claims: readonly ResourceClaim[]): ResourceIndex {
  const exact = new Map<string, LiveService>();
  const templates: { readonly literals: readonly string[]; readonly live: LiveService }[] = [];
  for (const { live, listing } of claims) {
    for (const resource of listing.resources) {
      const uri = stringMember(resource, 'uri');
      if (uri !== undefined && !exact.has(uri)) exact.set(uri, live);
    }
    for (const template of listing.templates) {
      const text = stringMember(template, 'uriTemplate');
      if (text !== undefined) templates.push({ literals: text.split(/\{[^{}]*\}/), live });
    }
  }
  // The page of an app need not be listed; what is listed under its URI goes before.
  for (const { live, listing } of claims) {
    for (const tool of listing.tools) {
      const uri = appUri(tool);
      if (uri !== undefined && !exact.has(uri)) exact.set(uri, live);
    }
  }
  return {
    owner: (uri) =>
      exact.get(uri) ?? templates.find(({ literals }) => matches(literals, uri))?.live,
  };
}

/** The page that a tool's results are shown in (the apps extension, both spellings of it). */
function appUri({ _meta: own }: JsonObject): string | undefined {
  if (!isJsonObject(own)) return undefined;
  return (
    stringMember(objectMember(own, 'ui'), 'resourceUri') ?? stringMember(own, 'ui/resourceUri')
  );
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
