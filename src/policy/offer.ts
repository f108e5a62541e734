import type { JsonObject } from '../kernel/json.ts';
import type { AccessLayer } from '../kernel/permissions.ts';

/** What the plan of a tenant lets its callers see; one version of a plan is one object. */
export interface Offer {
  /** Equal for the same version, and for no other. */
  readonly digest: string;
  /** One of these must allow; undefined when everything is included. */
  readonly includes: AccessLayer | undefined;
  /** What calls of a tool cost; undefined when lists do not say so. */
  readonly priceOf: ((slug: string, tool: string) => JsonObject) | undefined;
}
