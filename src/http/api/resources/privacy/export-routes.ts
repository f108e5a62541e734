import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { whoOf } from '../../../../audit/audit-act.ts';
import type { AuditEvent } from '../../../../audit/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal, TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { personLines, type PersonExport } from './person-export.ts';

const params = z.strictObject({ user: pathId });
const tag = 'Privacy';
const answers = { 200: { description: 'The data.', mediaType: 'application/x-ndjson' } };
const description =
  'One JSON object a line, each with its `kind`: the account, whether there is a second factor, ' +
  'login sessions, and for each tenant membership, roles, groups, keys, client certificates, ' +
  'connections, grants, links to other issuers, approvals, captures, usage records and audit ' +
  'events. Secrets, tokens and hashes are in none of them.';

/** A person's data, for the person and for owners. */
export function exportRoutes(deps: ApiDeps): ApiRoute[] {
  const stream = createExporter(deps);
  return [
    defineRoute({
      method: 'get',
      paths: ['/api/v1/me/export'],
      operationIds: ['exportOwnData'],
      tag,
      summary: 'Export what is kept of you, in every tenant you are in',
      description,
      permission: 'self',
      answers,
      errors: ['too_many'],
      handle: async ({ principal }) => {
        const { id } = principal.subject;
        const account = await deps.identity.accounts.get(id);
        if (account === undefined) throw new GatewayError('unauthenticated');
        const memberships = await deps.identity.accounts.memberships(id);
        const tenants = memberships.map(({ tenant }) => tenant);
        return stream('exportOwnData', principal, { account, tenants });
      },
    }),
    defineRoute({
      method: 'get',
      paths: ['/api/v1/privacy/people/{user}/export'],
      operationIds: ['exportPerson'],
      tag,
      summary: 'Export what this tenant keeps of a user',
      description,
      permission: 'privacy.manage',
      params,
      answers,
      errors: ['too_many'],
      handle: async ({ principal, params: { user } }) => {
        const member = await deps.identity.members.get(principal.tenant, user);
        if (member === undefined) throw new GatewayError('not_found');
        const what = { account: member.account, tenants: [principal.tenant] };
        return stream('exportPerson', principal, what);
      },
    }),
  ];
}

/** Starts exports, a few of a tenant at once, and tells the audit log of their begin and end. */
function createExporter(deps: ApiDeps) {
  const running = new Map<TenantId, number>();
  return async (action: string, principal: Principal, what: PersonExport): Promise<Response> => {
    const { tenant } = principal;
    const count = running.get(tenant) ?? 0;
    if (count >= limits.exportsPerTenantMax) {
      const text = `${limits.exportsPerTenantMax} exports of this tenant run; wait for one to end.`;
      throw new GatewayError('too_many', text);
    }
    running.set(tenant, count + 1);
    const release = (): void => {
      const left = (running.get(tenant) ?? 1) - 1;
      if (left === 0) running.delete(tenant);
      else running.set(tenant, left);
    };
    try {
      await deps.drainUsage();
      await deps.audit.flush();
      await deps.audit.record(actOf(action, principal, what, 'begun'));
    } catch (error) {
      release();
      throw error;
    }
    return answerOf(deps, what, (outcome) => {
      release();
      void tellEnd(deps, actOf(action, principal, what, outcome));
    });
  };
}

/** The lines as an answer that is read as fast as its client takes it. */
function answerOf(
  deps: ApiDeps,
  what: PersonExport,
  ended: (outcome: 'ok' | 'failed') => void,
): Response {
  let outcome: 'ok' | 'failed' = 'failed';
  const all = async function* (): AsyncGenerator<string> {
    for await (const piece of personLines(deps, what)) if (piece !== '') yield piece;
    outcome = 'ok';
  };
  const body = Readable.from(all(), { objectMode: false });
  // Also when the client goes before it has read anything.
  body.once('close', () => ended(outcome));
  body.on('error', (error) => deps.log.warn({ reason: String(error) }, 'an export broke off'));
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, {
    headers: {
      'Content-Type': 'application/x-ndjson; charset=utf-8',
      'Content-Disposition': `attachment; filename="${what.account.id}.ndjson"`,
    },
  });
}

function actOf(
  action: string,
  principal: Principal,
  { account }: PersonExport,
  outcome: AuditEvent['outcome'],
) {
  const what = { action, outcome, target: account.id, rule: 'privacy', detail: {} };
  return { ...whoOf(principal), ...what, kind: 'control' as const };
}

/** What was handed out is handed out; that it began is on record. */
async function tellEnd({ audit, log }: ApiDeps, act: Parameters<ApiDeps['audit']['record']>[0]) {
  await audit.record(act).catch((error: unknown) => {
    log.error({ operation: act.action, reason: String(error) }, 'the end of an export is missing');
  });
}
