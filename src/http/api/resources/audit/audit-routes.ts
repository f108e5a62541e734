import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { auditKinds, auditOutcomes, type AuditQuery } from '../../../../audit/store.ts';
import { verifyChain } from '../../../../audit/verify-chain.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { moment } from '../../framework/moment.ts';
import { DEFAULT_PAGE_ROWS, pageRows } from '../../framework/page-rows.ts';
import { respondJson } from '../../framework/respond.ts';

const text = z.string().min(1).max(limits.auditTextCharactersMax);

const querySchema = z.strictObject({
  limit: pageRows.optional(),
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'Give nextCursor of the page before.')
    .transform(Number)
    .openapi({ type: 'string' })
    .optional(),
  kind: z.enum(auditKinds).optional(),
  action: text.optional(),
  subject: text.describe('For example `user:usr_…`.').optional(),
  from: moment.optional(),
  to: moment.optional(),
  order: z.enum(['newest', 'oldest']).optional(),
});

const eventSchema = z
  .strictObject({
    seq: z.int().describe('Its place in the chain: 1, 2, 3 without gaps.'),
    id: z.string(),
    atMs: z.int(),
    nodeId: z.string().describe('The gateway process that saw it.'),
    kind: z.enum(auditKinds).describe('`calls` seals a batch of usage records by its digest.'),
    action: z.string().describe('The operation of this API, or the method of MCP.'),
    outcome: z.enum(auditOutcomes).describe('`begun` is followed by how it ended.'),
    subject: z.string().nullable(),
    actor: z.string().nullable().describe('What acted for the subject.'),
    grantId: z.string().nullable(),
    credentialId: z.string().nullable(),
    target: z.string().nullable(),
    rule: z.string().nullable().describe('The rule that decided, or the error.'),
    detail: z.record(z.string(), z.unknown()),
    hash: z.string().describe('SHA-256 over the event, its place and the hash before it.'),
  })
  .openapi('AuditEvent');

const pageSchema = z
  .strictObject({
    events: z.array(eventSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('AuditPage');

const verdictSchema = z
  .strictObject({
    events: z.int(),
    calls: z.int().describe('Usage records that the chain seals.'),
    head: z.string().describe('The last hash; keep a copy to notice a chain written anew.'),
    faults: z.array(
      z.strictObject({
        seq: z.int().nullable().describe('The event; null for the chain as a whole.'),
        text: z.string(),
      }),
    ),
  })
  .openapi('AuditVerdict');

/** The audit log of the tenant. */
export function auditRoutes(deps: ApiDeps): ApiRoute[] {
  return [pageRoute(deps), exportRoute(deps), verificationRoute(deps)];
}

const exportRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/audit/export'],
    operationIds: ['exportAuditEvents'],
    tag: 'Audit',
    summary: 'Export the whole audit log',
    description: 'Oldest first, one JSON object a line, with the hashes of the chain.',
    permission: 'audit.read',
    answers: { 200: { description: 'The events.', mediaType: 'application/x-ndjson' } },
    handle: async ({ principal }) => {
      await deps.drainUsage();
      await deps.audit.flush();
      const lines = Readable.from(linesOf(deps, principal.tenant), { objectMode: false });
      return new Response(Readable.toWeb(lines) as ReadableStream<Uint8Array>, {
        headers: {
          'Content-Type': 'application/x-ndjson; charset=utf-8',
          'Content-Disposition': 'attachment; filename="audit.ndjson"',
        },
      });
    },
  });

async function* linesOf({ auditStore }: ApiDeps, tenant: TenantId): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const rowsMax = limits.auditPageMax;
    const page = await auditStore.list(tenant, { after, descending: false, rowsMax });
    yield page.map(({ tenant: _tenant, ...event }) => `${JSON.stringify(event)}\n`).join('');
    after = page.at(-1)?.seq ?? after;
    if (page.length < rowsMax) return;
  }
}

const verificationRoute = (deps: ApiDeps): ApiRoute => {
  const running = new Set<TenantId>();
  return defineRoute({
    method: 'get',
    paths: ['/api/v1/audit/verification'],
    operationIds: ['verifyAudit'],
    tag: 'Audit',
    summary: 'Check that nothing in the audit log was changed',
    description:
      'Reads all events and all usage records that they seal, and computes every hash again. ' +
      'One check of a tenant runs at a time.',
    permission: 'audit.read',
    answers: { 200: { description: 'What was found.', schema: verdictSchema } },
    errors: ['too_many'],
    handle: async ({ principal: { tenant } }) => {
      if (running.has(tenant))
        throw new GatewayError('too_many', 'A check is running; wait for it.');
      running.add(tenant);
      try {
        await deps.drainUsage();
        await deps.audit.flush();
        return respondJson(200, await verifyChain(deps.auditStore, tenant));
      } finally {
        running.delete(tenant);
      }
    },
  });
};

const pageRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/audit'],
    operationIds: ['listAuditEvents'],
    tag: 'Audit',
    summary: 'List what was done, and by whom',
    description:
      'Newest first unless `order` says otherwise. Administrative acts, sign-ins and refused ' +
      'calls are events of their own; calls that were let through are usage records, sealed here ' +
      'in batches.',
    permission: 'audit.read',
    query: querySchema,
    answers: { 200: { description: 'One page.', schema: pageSchema } },
    handle: async ({ principal, query }) => {
      const { limit = DEFAULT_PAGE_ROWS, cursor, order, from, to, ...match } = present(query);
      await deps.drainUsage();
      await deps.audit.flush();
      const found = await deps.auditStore.list(principal.tenant, {
        ...match,
        descending: order !== 'oldest',
        // One row more than wanted tells whether there is another page.
        rowsMax: limit + 1,
        ...(cursor === undefined ? {} : { after: cursor }),
        ...(from === undefined ? {} : { fromMs: from }),
        ...(to === undefined ? {} : { toMs: to }),
      } satisfies AuditQuery);
      const events = found.slice(0, limit).map(({ tenant: _tenant, ...event }) => event);
      const last = events.at(-1)?.seq;
      const nextCursor = found.length > limit && last !== undefined ? String(last) : null;
      return respondJson(200, { events, nextCursor });
    },
  });
