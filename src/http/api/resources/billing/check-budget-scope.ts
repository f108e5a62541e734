import type { BudgetTerms } from '../../../../billing/pools/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal, TenantId } from '../../../../kernel/principal.ts';
import type { ServiceView } from '../../../../catalog/service-view.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { fieldProblem, type FieldError } from '../../framework/problem.ts';

/**
 * Throws `invalid_params`, which names the field, for a budget about something that is not there:
 * it would never count anything.
 */
export async function checkBudgetScope(
  deps: ApiDeps,
  principal: Principal,
  { userId, grantId, serviceId, tool }: BudgetTerms['scope'],
): Promise<void> {
  const { tenant } = principal;
  const problems: FieldError[] = [];
  if (userId !== undefined && !(await isSubject(deps, tenant, userId))) {
    problems.push(nothing('userId', 'Give the id of a user or of a service account.'));
  }
  if (grantId !== undefined && !(await isGrant(deps, tenant, grantId))) {
    problems.push(nothing('grantId', 'Give the id of an API key, a certificate or a grant.'));
  }
  if (serviceId !== undefined) {
    const service = await serviceOf(deps, principal, serviceId);
    if (service === undefined) problems.push(nothing('serviceId', 'Give the id of a service.'));
    else if (tool !== undefined && lacks(service, tool)) {
      const fix = 'Give the own name of one of its tools, without the name of the service.';
      problems.push(nothing('tool', fix));
    }
  }
  if (problems.length > 0) throw fieldProblem(problems);
}

function nothing(name: string, fix: string): FieldError {
  return { field: `scope.${name}`, problem: 'is not there', fix };
}

async function isSubject({ identity }: ApiDeps, tenant: TenantId, id: string): Promise<boolean> {
  if ((await identity.members.get(tenant, id)) !== undefined) return true;
  return (await identity.serviceAccounts.get(tenant, id)) !== undefined;
}

async function isGrant(
  { identity, oauth }: ApiDeps,
  tenant: TenantId,
  id: string,
): Promise<boolean> {
  if ((await identity.apiKeys.get(tenant, id)) !== undefined) return true;
  if ((await oauth.grants.get(tenant, id)) !== undefined) return true;
  return (await identity.clientCertificates.list(tenant)).some((one) => one.id === id);
}

async function serviceOf(
  { registry }: ApiDeps,
  principal: Principal,
  id: string,
): Promise<ServiceView | undefined> {
  try {
    const found = await registry.get(principal, id);
    return found.service.id === id ? found : undefined;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Nobody knows the tools of a service that could not be reached yet. */
function lacks({ tools }: ServiceView, tool: string): boolean {
  return tools.length > 0 && !tools.some(({ name }) => name === tool);
}
