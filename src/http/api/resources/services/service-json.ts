import { z } from '@hono/zod-openapi';
import type {
  ServiceOutline,
  ServicePreview,
  ServiceView,
} from '../../../../catalog/service-view.ts';
import { definitionsSchema } from './registration.ts';
import { maskConfig } from './mask-config.ts';

const textOrNull = z.string().nullable();
const count = z.int().min(0);

const originSchema = z
  .strictObject({
    origin: z.string(),
    reachable: z.boolean().nullable().describe('Whether the last call got an answer.'),
    authorised: z.boolean().nullable().describe('False when the last answer was 401 or 403.'),
    errorRate: z.number().min(0).max(1).describe('Share of recent calls without answer or 5xx.'),
    lastSuccessAtMs: z.int().nullable(),
    breaker: z.enum(['closed', 'open', 'half_open']).describe('`open` refuses calls for a while.'),
  })
  .openapi('OriginHealth');

const diagnosticSchema = z
  .strictObject({
    severity: z.enum(['error', 'warning']).describe('An error cost a tool, a warning a detail.'),
    code: z.string(),
    operation: z.string().optional(),
    text: z.string(),
  })
  .openapi('ServiceDiagnostic');

const changesSchema = z
  .strictObject({
    added: z.array(z.string()),
    removed: z.array(z.string()),
    changed: z.array(
      z.strictObject({
        name: z.string(),
        breaks: z.array(z.string()).describe('Why calls that worked may fail; empty: they do not.'),
      }),
    ),
    unchanged: count,
  })
  .openapi('ToolChanges');

/** What a registration would give. */
export const previewSchema = z
  .strictObject({
    kind: z.string(),
    slug: z.string(),
    title: z.string(),
    tokens: count.describe('Estimated model tokens of the whole tool list.'),
    tools: z.array(
      z.strictObject({
        name: z.string(),
        title: textOrNull,
        description: textOrNull,
        tokens: count,
      }),
    ),
    prompts: z.array(z.string()),
    resources: z.array(z.string()),
    diagnostics: z.array(diagnosticSchema),
  })
  .openapi('ServicePreview');

const healthSchema = z
  .strictObject({
    state: z.enum(['disabled', 'starting', 'ready', 'failed']),
    sinceMs: z.int().describe('When the state was entered, epoch milliseconds.'),
    lastError: textOrNull.describe('The last failure in one sentence.'),
    lastSuccessAtMs: z.int().nullable(),
    era: z.enum(['modern', 'legacy']).nullable(),
    protocolVersion: textOrNull.describe('The MCP revision spoken with the service.'),
    serverInfo: z.record(z.string(), z.unknown()).nullable(),
    origins: z
      .array(originSchema)
      .describe('How calls to each origin of an API have gone lately; empty for other kinds.'),
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
  definitions: definitionsSchema,
  trust: z
    .enum(['untrusted', 'trusted'])
    .describe('Whether a chat believes what it answers, and what it says of its tools.'),
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
    diagnostics: z.array(diagnosticSchema).describe('What was wrong or lossy in its document.'),
    changes: changesSchema
      .nullable()
      .describe('The last change of its tools; null while they are the first.'),
  })
  .openapi('Service');

/** A service as a list shows it. */
export function serviceSummaryJson(view: ServiceOutline): z.output<typeof serviceSummarySchema> {
  const { service, health, counts } = view;
  return {
    id: service.id,
    slug: service.slug,
    kind: service.kind,
    title: service.title,
    enabled: service.enabled,
    definitions: service.definitions ?? 'announce',
    trust: service.trust ?? 'untrusted',
    endpoint: `/mcp/${service.slug}`,
    health: {
      state: health.state,
      sinceMs: health.sinceMs,
      lastError: health.lastError,
      lastSuccessAtMs: health.lastSuccessAtMs,
      era: health.era,
      protocolVersion: health.protocolVersion,
      serverInfo: health.serverInfo === null ? null : { ...health.serverInfo },
      origins: health.origins.map(({ calls, errors, ...origin }) => ({
        ...origin,
        errorRate: calls === 0 ? 0 : errors / calls,
      })),
    },
    counts,
    createdAtMs: service.createdAtMs,
    updatedAtMs: service.updatedAtMs,
  };
}

/** A service as its own page shows it; no secret is in it. */
export function serviceJson(view: ServiceView): z.output<typeof serviceSchema> {
  return {
    ...serviceSummaryJson({
      service: view.service,
      health: view.health,
      counts: {
        tools: view.tools.length,
        prompts: view.promptNames.length,
        resources: view.resourceUris.length,
      },
    }),
    config: maskConfig(view.service.config),
    secretNames: view.secretNames.toSorted(),
    tools: view.tools.map(({ name, publicName, title, description }) => ({
      name,
      publicName,
      title,
      description,
    })),
    prompts: [...view.promptNames],
    resources: [...view.resourceUris],
    diagnostics: view.diagnostics.map((diagnostic) => ({ ...diagnostic })),
    changes: changesJson(view.changes),
  };
}

function changesJson(changes: ServiceView['changes']): z.output<typeof changesSchema> | null {
  if (changes === null) return null;
  return {
    added: [...changes.added],
    removed: [...changes.removed],
    changed: changes.changed.map(({ name, breaks }) => ({ name, breaks: [...breaks] })),
    unchanged: changes.unchanged,
  };
}

/** What a registration would give, as the dry run answers it. */
export function previewJson(preview: ServicePreview): z.output<typeof previewSchema> {
  const { kind, slug, title, tokens, tools, promptNames, resourceUris, diagnostics } = preview;
  return {
    kind,
    slug,
    title,
    tokens,
    tools: tools.map((tool) => ({ ...tool })),
    prompts: [...promptNames],
    resources: [...resourceUris],
    diagnostics: diagnostics.map((diagnostic) => ({ ...diagnostic })),
  };
}
