import { isJsonObject, objectMember, stringMember, type JsonObject } from '../kernel/json.ts';
import { matchesWildcard, type Wildcard } from '../kernel/patterns/wildcard.ts';
import type { Listing } from './lists/listing.ts';
import type { ServiceRuntime } from './service-runtime.ts';

/** Finds the service that owns a resource: by its list, then by its URI templates. */
export interface ResourceIndex {
  /** The owner, or undefined when no service claims the URI. */
  owner(uri: string): ServiceRuntime | undefined;
}

/** What a service claims: its lists, or the part of them that is to be found. */
export interface ResourceClaim {
  readonly live: ServiceRuntime;
  readonly listing: Pick<Listing, 'tools' | 'resources' | 'templates'>;
}

/** Builds the index; of two claims the first in the given order wins. */
export function createResourceIndex(claims: readonly ResourceClaim[]): ResourceIndex {
  const exact = new Map<string, ServiceRuntime>();
  const templates: { readonly literals: Wildcard; readonly live: ServiceRuntime }[] = [];
  for (const { live, listing } of claims) {
    for (const resource of listing.resources) {
      const uri = stringMember(resource, 'uri');
      if (uri !== undefined && !exact.has(uri)) exact.set(uri, live);
    }
    for (const template of listing.templates) {
      // A template's expressions are not told apart: each stands for any run of characters.
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
      exact.get(uri) ?? templates.find(({ literals }) => matchesWildcard(literals, uri))?.live,
  };
}

/** The page that a tool's results are shown in (the apps extension, both spellings of it). */
export function appUri({ _meta: own }: JsonObject): string | undefined {
  if (!isJsonObject(own)) return undefined;
  return (
    stringMember(objectMember(own, 'ui'), 'resourceUri') ?? stringMember(own, 'ui/resourceUri')
  );
}
