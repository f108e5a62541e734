import { z } from '@hono/zod-openapi';
import type { ServiceView } from '../../catalog/service-view.ts';
import { maskConfig } from './mask-config.ts';

const textOrNull = z.string().nullable();
const count = z.int().min(0);

const healthSchema = z
  .strictObject({
    state: z.enum(['disabled', 'starting', 'ready', 'failed']),
    sinceMs: z.int().describe('When the state was entered, epoch milliseconds.'),
    lastError: textOrNull.describe('The last failure in one sentence.'),
    lastSuccessAtMs: z.int().nullable(),
    era: z.enum(['modern', 'legacy']).nullable(),
    protocolVersion: textOrNull.describe('The MCP revision spoken with the service.'),
    serverInfo: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('ServiceHealth');

const toolSchema = z
  .strictObject({
    name: z.string().describe('The name on the service and on its own endpoint.'),
    publicName: z.string().describe('The name on /mcp.'),
    title: textOrNull,
    description: textOrNull,
  })
  .openapi('ServiceTool');

const summaryFields = {
  id: z.string(),
  slug: z.string(),
  kind: z.string().describe('The kind of connector.'),
  title: z.string(),
  enabled: z.boolean(),
  endpoint: z.string().describe('The MCP endpoint of this service alone; /mcp has them all.'),
  health: healthSchema,
  counts: z.strictObject({ tools: count, prompts: count, resources: count }),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
};

/** A service in a list. */
export const serviceSummarySchema = z.strictObject(summaryFields).openapi('ServiceSummary');

/** A service with everything that may be shown. */
export const serviceSchema = z
  .strictObject({
    ...summaryFields,
    config: z.record(z.string(), z.unknown()).describe('Values that look secret are masked.'),
    secretNames: z.array(z.string()),
    tools: z.array(toolSchema),
    prompts: z.array(z.string()),
    resources: z.array(z.string()),
  })
  .openapi('Service');

/** A service as a list shows it. */
export function serviceSummaryJson(view: ServiceView): z.output<typeof serviceSummarySchema> {
  const { service, health } = view;
  return {
    id: service.id,
    slug: service.slug,
    kind: service.kind,
    title: service.title,
    enabled: service.enabled,
    endpoint: `/mcp/${service.slug}`,
    health: {
      state: health.state,
      sinceMs: health.sinceMs,
      lastError: health.lastError,
      lastSuccessAtMs: health.lastSuccessAtMs,
      era: health.era,
      protocolVersion: health.protocolVersion,
      serverInfo: health.serverInfo === null ? null : { ...health.serverInfo },
    },
    counts: {
      tools: view.tools.length,
      prompts: view.promptNames.length,
      resources: view.resourceUris.length,
    },
    createdAtMs: service.createdAtMs,
    updatedAtMs: service.updatedAtMs,
  };
}

/** A service as its own page shows it; no secret is in it. */
export function serviceJson(view: ServiceView): z.output<typeof serviceSchema> {
  return {
    ...serviceSummaryJson(view),
    config: maskConfig(view.service.config, view.secretNames),
    secretNames: view.secretNames.toSorted(),
    tools: view.tools.map(({ name, publicName, title, description }) => ({
      name,
      publicName,
      title,
      description,
    })),
    prompts: [...view.promptNames],
    resources: [...view.resourceUris],
  };
}
