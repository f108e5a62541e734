import type { z } from '@hono/zod-openapi';
import type { Permission } from '../../../kernel/permissions.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { defineRoute, present, type ApiRoute, type Present } from './define-route.ts';
import { entityTag } from './entity-tag.ts';
import { nothingToChange } from './problem.ts';
import { respondEmpty, respondJson } from './respond.ts';

/** Where the things of a tenant are kept; everything rejects with `not_found` for no such one. */
export interface KeptBook<One, Change> {
  list(tenant: TenantId): Promise<readonly One[]>;
  get(tenant: TenantId, id: string): Promise<One>;
  update(tenant: TenantId, id: string, change: Change, ifVersion?: number): Promise<One>;
  remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<void>;
}

/** A kind of things that a tenant keeps under ids and changes under their ETags. */
export interface KeptKind<One, Body extends z.ZodObject> {
  readonly tag: string;
  readonly permission: Permission;
  readonly path: string;
  /** Names the parameter of paths and, with an `s`, the member of the list. */
  readonly noun: string;
  /** The same in operation ids. */
  readonly name: string;
  readonly article: 'a' | 'an';
  readonly params: z.ZodObject;
  readonly schema: z.ZodType;
  readonly listSchema: z.ZodType;
  readonly changeSchema: Body;
  readonly changeExample: z.input<Body>;
  /** Summaries of the list and of one, and what changing and removing say beside their own. */
  readonly says: {
    readonly list: string;
    readonly one: string;
    readonly change: string;
    readonly remove: string;
  };
  toJson(one: One): unknown;
}

/** Makes the routes that list, show, change and remove things of a kind. */
export function keptRoutes<One extends { readonly version: number }, Body extends z.ZodObject>(
  kind: KeptKind<One, Body>,
  book: KeptBook<One, Present<z.output<Body>>>,
): ApiRoute[] {
  const { path, noun, name, article, says, toJson, schema, listSchema } = kind;
  const shared = { tag: kind.tag, permission: kind.permission } as const;
  const paths: readonly [string] = [`${path}/{${noun}}`];
  const one = { ...shared, paths, params: kind.params, versioned: true } as const;
  const idOf = (params: Readonly<Record<string, unknown>>): string => params[noun] as string;
  return [
    defineRoute({
      ...shared,
      method: 'get',
      paths: [path],
      operationIds: [`list${name}s`],
      summary: says.list,
      answers: { 200: { description: 'All of the tenant.', schema: listSchema } },
      handle: async ({ principal }) => {
        const all = await book.list(principal.tenant);
        return respondJson(200, { [`${noun}s`]: all.map(toJson) });
      },
    }),
    defineRoute({
      ...one,
      method: 'get',
      operationIds: [`get${name}`],
      summary: says.one,
      answers: { 200: { description: `The ${noun}.`, schema } },
      handle: async ({ principal, params }) => {
        const found = await book.get(principal.tenant, idOf(params));
        return respondJson(200, toJson(found), entityTag(found));
      },
    }),
    defineRoute({
      ...one,
      method: 'patch',
      operationIds: [`change${name}`],
      summary: `Change ${article} ${noun}`,
      description: says.change,
      body: { schema: kind.changeSchema, example: kind.changeExample },
      answers: { 200: { description: `The ${noun} as it is then.`, schema } },
      errors: ['conflict'],
      handle: async ({ principal, params, body, ifVersion }) => {
        const change = present(body as object) as Present<z.output<Body>>;
        if (Object.keys(change).length === 0) {
          throw nothingToChange(`Give one of ${Object.keys(kind.changeSchema.shape).join(', ')}.`);
        }
        const after = await book.update(principal.tenant, idOf(params), change, ifVersion);
        return respondJson(200, toJson(after), entityTag(after));
      },
    }),
    defineRoute({
      ...one,
      method: 'delete',
      operationIds: [`remove${name}`],
      summary: `Remove ${article} ${noun}`,
      description: says.remove,
      answers: { 204: { description: 'Removed.' } },
      errors: ['conflict'],
      handle: async ({ principal, params, ifVersion }) => {
        await book.remove(principal.tenant, idOf(params), ifVersion);
        return respondEmpty();
      },
    }),
  ];
}
