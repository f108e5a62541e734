import { z } from '@hono/zod-openapi';
import type { BundleCatalog } from '../../../../catalog/bundle-catalog.ts';
import type { Bundle } from '../../../../catalog/store.ts';
import type { TenantSnapshot } from '../../../../catalog/tenant-snapshot.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { defineRoute, present, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { seenBundle } from '../../../../catalog/bundle-snapshot.ts';
import {
  bundleChangeSchema,
  bundleJson,
  bundleRequestSchema,
  bundleSchema,
} from './bundle-json.ts';
import { describeBundle } from './describe-bundle.ts';

/** What the routes of bundles need. */
export interface BundleRouteDeps {
  readonly bundles: BundleCatalog;
  /** What a caller may see of its tenant's services. */
  viewOf(principal: Principal): TenantSnapshot;
  readonly basePath: string;
}

const params = z.strictObject({ bundle: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const listSchema = z.strictObject({ bundles: z.array(bundleSchema) }).openapi('Bundles');
const tag = 'Bundles';
const one = { description: 'The bundle.', schema: bundleSchema };
const example = {
  slug: 'travel',
  title: 'Travel desk',
  items: [{ kind: 'tool', service: 'weather', name: 'get_forecast', as: 'forecast' }],
} as const;

/** Making, seeing, changing and removing bundles, and what a bundle is as an HTTP API. */
export function bundleRoutes(deps: BundleRouteDeps): ApiRoute[] {
  return [
    createRoute(deps),
    listRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    describeRoute(deps),
  ];
}

function shown({ viewOf, basePath }: BundleRouteDeps, principal: Principal, bundle: Bundle) {
  return bundleJson(bundle, viewOf(principal), basePath);
}

const createRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/bundles'],
    operationIds: ['createBundle'],
    tag,
    summary: 'Make a bundle',
    description:
      'A bundle is a curated set of tools, prompts and resources of several services, under ' +
      'names and descriptions of its own, served on /mcp/bundles/{bundle} as if it were one.',
    permission: 'bundles.write',
    body: { schema: bundleRequestSchema, example },
    answers: { 201: { description: 'Made.', schema: bundleSchema } },
    errors: ['conflict', 'not_found'],
    handle: async ({ principal, body }) => {
      const { description = '', items, ...rest } = body;
      const input = { ...rest, description, items: items.map(present) };
      const bundle = await deps.bundles.create(principal.tenant, input);
      const headers = {
        Location: `${deps.basePath}/api/v1/bundles/${bundle.slug}`,
        ...entityTag(bundle),
      };
      return respondJson(201, shown(deps, principal, bundle), headers);
    },
  });

const listRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/bundles'],
    operationIds: ['listBundles'],
    tag,
    summary: 'List the bundles',
    permission: 'bundles.read',
    answers: { 200: { description: 'All bundles of the tenant.', schema: listSchema } },
    handle: ({ principal }) => {
      const view = deps.viewOf(principal);
      const seen = deps.bundles
        .list(principal.tenant)
        .flatMap((bundle) => seenBundle(bundle, view) ?? []);
      return respondJson(200, { bundles: seen.map((bundle) => shown(deps, principal, bundle)) });
    },
  });

const getRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/bundles/{bundle}'],
    operationIds: ['getBundle'],
    tag,
    summary: 'See one bundle',
    permission: 'bundles.read',
    params,
    answers: { 200: one },
    versioned: true,
    handle: ({ principal, params }) => {
      const seen = deps.bundles.seen(principal.tenant, params.bundle, deps.viewOf(principal));
      return respondJson(200, shown(deps, principal, seen), entityTag(seen));
    },
  });

const changeRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/bundles/{bundle}'],
    operationIds: ['changeBundle'],
    tag,
    summary: 'Change a bundle',
    permission: 'bundles.write',
    params,
    body: { schema: bundleChangeSchema, example: { title: 'A better name' } },
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { items, ...rest } = body;
      if (Object.keys(body).length === 0)
        throw nothingToChange(`Give one of ${Object.keys(bundleChangeSchema.shape).join(', ')}.`);
      const change = {
        ...present(rest),
        ...(items === undefined ? {} : { items: items.map(present) }),
      };
      const { tenant } = principal;
      const bundle = await deps.bundles.update(tenant, params.bundle, change, ifVersion);
      return respondJson(200, shown(deps, principal, bundle), entityTag(bundle));
    },
  });

const removeRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/bundles/{bundle}'],
    operationIds: ['removeBundle'],
    tag,
    summary: 'Remove a bundle',
    description: 'Its services stay.',
    permission: 'bundles.write',
    params,
    answers: { 204: { description: 'Removed.' } },
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      await deps.bundles.remove(principal.tenant, params.bundle, ifVersion);
      return respondEmpty();
    },
  });

const describeRoute = ({ bundles, viewOf, basePath }: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/bundles/{bundle}/openapi.json', '/api/v1/bundles/{bundle}/openapi.json'],
    operationIds: ['describeBundle', 'describeBundleV1'],
    tag,
    summary: 'A bundle as an HTTP API',
    description: 'An OpenAPI 3.1 document of the tools of the bundle over plain HTTP.',
    permission: 'bundles.read',
    params,
    answers: { 200: { description: 'An OpenAPI 3.1 document.' } },
    handle: ({ principal, params }) => {
      const { slug } = bundles.get(principal.tenant, params.bundle);
      const snapshot = bundles.snapshot(principal.tenant, slug, viewOf(principal));
      return respondJson(200, describeBundle(snapshot, basePath));
    },
  });
