import { z } from '@hono/zod-openapi';
import type { ClientCertificate, KeySubject } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkReach } from '../keys/key-rules.ts';

const tag = 'Client certificates';

const certificateSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    userId: z.string().nullable().describe('Who calls with it; null for a service account.'),
    serviceAccountId: z.string().nullable().describe('Who calls with it; null for a user.'),
    fingerprint: z.string().nullable().describe('SHA-256 of the certificate, or null.'),
    subjectAlternativeName: z.string().nullable().describe('The name it bears, or null.'),
    createdAtMs: z.int(),
  })
  .openapi('ClientCertificate');
const listSchema = z
  .strictObject({ clientCertificates: z.array(certificateSchema) })
  .openapi('ClientCertificates');

const holder = z.string().min(1).max(64);
const requestSchema = z
  .strictObject({
    name: z.string().min(1).max(limits.titleLengthMax).describe('What it is for.'),
    userId: holder.describe('Who calls with it; oneself when absent.').optional(),
    serviceAccountId: holder.describe('The service account that calls with it.').optional(),
    fingerprint: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'Give 64 hexadecimal digits.')
      .describe('SHA-256 of the certificate, with or without colons.')
      .optional(),
    subjectAlternativeName: z
      .string()
      .max(limits.subjectAlternativeNameLengthMax)
      .regex(/^(?:DNS|URI|email|IP Address):[^",\s]+$/, 'Give DNS:name, URI:… or email:…')
      .describe('A name that the certificate bears, for example URI:spiffe://example/agent.')
      .optional(),
  })
  .openapi('ClientCertificateRequest');
const params = z.strictObject({ certificate: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

/** Client certificates: registering one lets its bearer call as a user or a service account. */
export function clientCertificateRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), deleteRoute(deps)];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/client-certificates'],
    operationIds: ['listClientCertificates'],
    tag,
    summary: 'List client certificates',
    permission: 'keys.manage',
    answers: { 200: { description: 'Those of the tenant.', schema: listSchema } },
    handle: async ({ principal }) => {
      const all = await deps.identity.clientCertificates.list(principal.tenant);
      return respondJson(200, { clientCertificates: all.map(certificateJson) });
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/client-certificates'],
    operationIds: ['registerClientCertificate'],
    tag,
    summary: 'Register a client certificate',
    description:
      'Give the fingerprint of one certificate, or a name that certificates of the configured ' +
      'authorities bear. It takes effect where the port asks for client certificates.',
    permission: 'keys.manage',
    body: {
      schema: requestSchema,
      example: { name: 'agent', subjectAlternativeName: 'URI:spiffe://example/agent' },
    },
    answers: { 201: { description: 'Registered.', schema: certificateSchema } },
    errors: ['forbidden', 'not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const { tenant } = principal;
      const mark = markOf(body);
      const subject = subjectOf(principal.subject, body);
      await checkReach(deps, principal, subject, { scopes: null, access: [] });
      const certificate: ClientCertificate = {
        id: deps.ids.next('crt'),
        tenant,
        subject,
        name: body.name,
        mark,
        createdAtMs: deps.now(),
      };
      await deps.identity.clientCertificates.create(tenant, certificate);
      return respondJson(201, certificateJson(certificate));
    },
  });

const deleteRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/client-certificates/{certificate}'],
    operationIds: ['forgetClientCertificate'],
    tag,
    summary: 'Forget a client certificate',
    description: 'Whoever calls with it is a stranger from then on.',
    permission: 'keys.manage',
    params,
    answers: { 204: { description: 'Forgotten.' } },
    handle: async ({ principal, params: { certificate } }) => {
      const { tenant } = principal;
      const gone = await deps.identity.clientCertificates.delete(tenant, certificate);
      if (!gone) throw new GatewayError('not_found');
      deps.revoked(tenant, certificate);
      return respondEmpty();
    },
  });

type Request = z.output<typeof requestSchema>;

function markOf({ fingerprint, subjectAlternativeName }: Request): ClientCertificate['mark'] {
  if (fingerprint !== undefined && subjectAlternativeName === undefined) {
    return { kind: 'fingerprint', value: fingerprint.replaceAll(':', '').toLowerCase() };
  }
  if (subjectAlternativeName !== undefined && fingerprint === undefined) {
    return { kind: 'name', value: subjectAlternativeName };
  }
  const fix = 'Give one of fingerprint and subjectAlternativeName.';
  throw fieldProblem([{ field: 'fingerprint', problem: 'is not the only mark given', fix }]);
}

function subjectOf(
  caller: { readonly kind: string; readonly id: string },
  { userId, serviceAccountId }: Request,
): KeySubject {
  if (userId !== undefined && serviceAccountId !== undefined) {
    const fix = 'Give one of the two.';
    throw fieldProblem([{ field: 'serviceAccountId', problem: 'clashes with userId', fix }]);
  }
  if (serviceAccountId !== undefined) return { kind: 'service_account', id: serviceAccountId };
  if (userId !== undefined) return { kind: 'user', id: userId };
  return { kind: caller.kind === 'service_account' ? 'service_account' : 'user', id: caller.id };
}

function certificateJson(certificate: ClientCertificate) {
  const { id, name, subject, mark, createdAtMs } = certificate;
  return {
    id,
    name,
    userId: subject.kind === 'user' ? subject.id : null,
    serviceAccountId: subject.kind === 'service_account' ? subject.id : null,
    fingerprint: mark.kind === 'fingerprint' ? mark.value : null,
    subjectAlternativeName: mark.kind === 'name' ? mark.value : null,
    createdAtMs,
  };
}
