import { z } from '@hono/zod-openapi';
import { definitionOf } from '../../../../catalog/bundle-snapshot.ts';
import type { Bundle, BundleItem } from '../../../../catalog/store.ts';
import type { TenantSnapshot } from '../../../../catalog/tenant-snapshot.ts';
import { limits } from '../../../../kernel/limits.ts';

const slug = z
  .string()
  .min(1)
  .max(limits.slugLengthMax)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be a slug');
const title = z.string().min(1).max(limits.titleLengthMax);
const description = z.string().max(limits.bundleDescriptionLengthMax);

const itemFields = {
  kind: z.enum(['tool', 'prompt', 'resource', 'resourceTemplate']),
  service: slug.describe('The slug of the service.'),
  name: z
    .string()
    .min(1)
    .max(limits.bundleDescriptionLengthMax)
    .describe('On its service: a name, or the URI or URI template of a resource.'),
  as: z
    .string()
    .min(1)
    .max(limits.titleLengthMax)
    .describe('The name in the bundle; the own one when absent.')
    .optional(),
  title: title.optional(),
  description: description.optional(),
};
const itemSchema = z.strictObject(itemFields).openapi('BundleItem');
const items = z.array(itemSchema).min(1).max(limits.bundleItemsMax);

/** What a bundle is made from. */
export const bundleRequestSchema = z
  .strictObject({
    slug: slug.describe('Names the bundle in URLs; it never changes.'),
    title,
    description: description.describe('Instructions for the model.').optional(),
    items,
  })
  .openapi('BundleRequest');

/** What may change of a bundle. */
export const bundleChangeSchema = z
  .strictObject({
    title: title.optional(),
    description: description.optional(),
    items: items.describe('Replaces all items.').optional(),
  })
  .openapi('BundleChange');

/** A bundle as it is shown. */
export const bundleSchema = z
  .strictObject({
    id: z.string(),
    slug,
    title,
    description,
    items: z.array(
      z.strictObject({
        ...itemFields,
        available: z.boolean().describe('Whether its service lists it now.'),
      }),
    ),
    endpoints: z
      .strictObject({ mcp: z.string(), sse: z.string(), ws: z.string(), openapi: z.string() })
      .describe('Relative to this server.'),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
  })
  .openapi('Bundle');

/** Writes a bundle; what its services list now is read from the snapshot. */
export function bundleJson(bundle: Bundle, snapshot: TenantSnapshot, basePath: string) {
  const { id, slug: name, title: shown, description: text, createdAtMs, updatedAtMs } = bundle;
  const isAvailable = (item: BundleItem): boolean => {
    const live = snapshot.bySlug.get(item.service);
    return live !== undefined && definitionOf(live, item) !== undefined;
  };
  return {
    id,
    slug: name,
    title: shown,
    description: text,
    items: bundle.items.map((item) => ({ ...item, available: isAvailable(item) })),
    endpoints: {
      mcp: `${basePath}/mcp/bundles/${name}`,
      sse: `${basePath}/sse/bundles/${name}`,
      ws: `${basePath}/ws/bundles/${name}`,
      openapi: `${basePath}/bundles/${name}/openapi.json`,
    },
    createdAtMs,
    updatedAtMs,
  };
}
