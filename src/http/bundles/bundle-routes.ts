import { z } from '@hono/zod-openapi';
import type { BundleCatalog } from '../../catalog/bundle-catalog.ts';
import type { Bundle } from '../../catalog/store.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { defineRoute, present, type ApiRoute } from '../api/define-route.ts';
import { fieldProblem } from '../api/problem.ts';
import { respondEmpty, respondJson } from '../api/respond.ts';
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
  snapshotOf(tenant: TenantId): TenantSnapshot;
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

function shown({ snapshotOf, basePath }: BundleRouteDeps, bundle: Bundle) {
  return bundleJson(bundle, snapshotOf(bundle.tenant), basePath);
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
    role: 'admin',
    body: { schema: bundleRequestSchema, example },
    answers: { 201: { description: 'Made.', schema: bundleSchema } },
    errors: ['conflict', 'not_found'],
    handle: async ({ principal, body }) => {
      const { description = '', items, ...rest } = body;
      const input = { ...rest, description, items: items.map(present) };
      const bundle = await deps.bundles.create(principal.tenant, input);
      const headers = { Location: `${deps.basePath}/api/v1/bundles/${bundle.slug}` };
      return respondJson(201, shown(deps, bundle), headers);
    },
  });

const listRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/bundles'],
    operationIds: ['listBundles'],
    tag,
    summary: 'List the bundles',
    role: 'member',
    answers: { 200: { description: 'All bundles of the tenant.', schema: listSchema } },
    handle: ({ principal }) => {
      const bundles = deps.bundles.list(principal.tenant);
      return respondJson(200, { bundles: bundles.map((bundle) => shown(deps, bundle)) });
    },
  });

const getRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/bundles/{bundle}'],
    operationIds: ['getBundle'],
    tag,
    summary: 'See one bundle',
    role: 'member',
    params,
    answers: { 200: one },
    handle: ({ principal, params }) =>
      respondJson(200, shown(deps, deps.bundles.get(principal.tenant, params.bundle))),
  });

const changeRoute = (deps: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/bundles/{bundle}'],
    operationIds: ['changeBundle'],
    tag,
    summary: 'Change a bundle',
    role: 'admin',
    params,
    body: { schema: bundleChangeSchema, example: { title: 'A better name' } },
    answers: { 200: one },
    handle: async ({ principal, params, body }) => {
      const { items, ...rest } = body;
      if (Object.keys(body).length === 0) throw nothingToChange();
      const change = {
        ...present(rest),
        ...(items === undefined ? {} : { items: items.map(present) }),
      };
      const bundle = await deps.bundles.update(principal.tenant, params.bundle, change);
      return respondJson(200, shown(deps, bundle));
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
    role: 'admin',
    params,
    answers: { 204: { description: 'Removed.' } },
    handle: async ({ principal, params }) => {
      await deps.bundles.remove(principal.tenant, params.bundle);
      return respondEmpty();
    },
  });

const describeRoute = ({ bundles, basePath }: BundleRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/bundles/{bundle}/openapi.json', '/api/v1/bundles/{bundle}/openapi.json'],
    operationIds: ['describeBundle', 'describeBundleV1'],
    tag,
    summary: 'A bundle as an HTTP API',
    description: 'An OpenAPI 3.1 document of the tools of the bundle over plain HTTP.',
    role: 'member',
    params,
    answers: { 200: { description: 'An OpenAPI 3.1 document.' } },
    handle: ({ principal, params }) => {
      const { slug } = bundles.get(principal.tenant, params.bundle);
      return respondJson(200, describeBundle(bundles.snapshot(principal.tenant, slug), basePath));
    },
  });

const nothingToChange = () =>
  fieldProblem([
    {
      field: '',
      problem: 'changes nothing',
      fix: `Give one of ${Object.keys(bundleChangeSchema.shape).join(', ')}.`,
    },
  ]);
