import type { JsonObject } from '../../../../kernel/json.ts';
import type { Principal, TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import type { PatchShape } from './patch-path.ts';

/** What a kind of resource is called. */
export interface ScimNames {
  /** In addresses: `/scim/v2/Users`. */
  readonly path: 'Users' | 'Groups';
  /** In operation ids: `scimCreateUser`. */
  readonly one: 'User' | 'Group';
  /** In texts, and the id in addresses. */
  readonly word: 'user' | 'group';
}

/** What the documentation says of a kind beside its name. */
export interface ScimTexts {
  readonly creation: string;
  readonly change: { readonly summary: string; readonly description?: string };
  readonly removal: { readonly summary: string; readonly answer: string };
  readonly example: JsonObject;
  readonly operation: JsonObject;
}

/**
 * One kind of resource that an identity provider keeps: what differs between users and groups.
 * Those that it does not keep are not there for it.
 */
export interface ScimKind<Item> {
  readonly names: ScimNames;
  readonly texts: ScimTexts;
  readonly shape: PatchShape;
  idOf(item: Item): string;
  /** What its version is kept with. */
  versionOf(item: Item): { readonly version: number };
  find(deps: ApiDeps, tenant: TenantId, filter: string | undefined): Promise<readonly Item[]>;
  /** Throws `not_found`. */
  known(deps: ApiDeps, tenant: TenantId, id: string): Promise<Item>;
  /** Shows them as SCIM does; `isWanted` tells whether an attribute is worth reading. */
  show(
    deps: ApiDeps,
    tenant: TenantId,
    base: string,
    isWanted: (attribute: string) => boolean,
  ): Promise<(item: Item) => Promise<JsonObject>>;
  create(deps: ApiDeps, tenant: TenantId, given: JsonObject): Promise<Item>;
  /** Makes one what is given. */
  replace(deps: ApiDeps, principal: Principal, before: Item, given: JsonObject): Promise<Item>;
  /** Makes one what `apply` makes of it. */
  patch(
    deps: ApiDeps,
    principal: Principal,
    before: Item,
    apply: (resource: JsonObject) => JsonObject,
  ): Promise<Item>;
  /** Throws `not_found` when it is gone already. */
  remove(deps: ApiDeps, tenant: TenantId, item: Item): Promise<void>;
}
