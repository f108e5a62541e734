import { isDeepStrictEqual } from 'node:util';
import type { z } from '@hono/zod-openapi';
import type { ApiKey, KeySubject } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { present } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { checkGrant, permissionsBy } from '../../grants/check-grant.ts';
import type { keyRequestSchema } from './key-json.ts';

type KeyRequestBody = z.output<typeof keyRequestSchema>;

/** True for who may see and change the keys of everybody in the tenant. */
export function managesKeys({ permissions }: Principal): boolean {
  return permissions.actions.has('keys.manage');
}

/**
 * The keys that somebody may know of: with `keys.manage` all of the tenant, else the own ones that
 * are limited as much or more; those of others tell what is hidden.
 */
export async function visibleKeys(
  { identity }: Pick<ApiDeps, 'identity'>,
  principal: Principal,
): Promise<readonly ApiKey[]> {
  const keys = await identity.apiKeys.list(principal.tenant);
  if (managesKeys(principal)) return keys;
  const { access } = principal.permissions.credential;
  return keys
    .filter(({ subject }) => isSelf(principal, subject))
    .filter((key) => isDeepStrictEqual(key.access.slice(0, access.length), access));
}

/** Whose the new key is. Throws `forbidden`, or `not_found` for who is not in the tenant. */
export async function keyHolder(
  { identity }: Pick<ApiDeps, 'identity'>,
  principal: Principal,
  { userId, serviceAccountId }: KeyRequestBody,
): Promise<KeySubject> {
  const { tenant, subject } = principal;
  if (userId !== undefined && serviceAccountId !== undefined) {
    const fix = 'Give one of the two.';
    throw fieldProblem([{ field: 'serviceAccountId', problem: 'clashes with userId', fix }]);
  }
  const wanted: KeySubject = { kind: 'user', id: userId ?? subject.id };
  const service: KeySubject = { kind: 'service_account', id: serviceAccountId ?? subject.id };
  const own = subject.kind === 'service_account' && userId === undefined;
  const holder = serviceAccountId !== undefined || own ? service : wanted;
  if (isSelf(principal, holder)) return holder;
  if (!managesKeys(principal)) {
    throw new GatewayError('forbidden', 'Keys for others need the permission keys.manage.');
  }
  const known =
    holder.kind === 'user'
      ? await identity.members.get(tenant, holder.id)
      : await identity.serviceAccounts.get(tenant, holder.id);
  if (known === undefined) throw new GatewayError('not_found');
  return holder;
}

/** When the new key ends: never after the key that asks for it, or a stolen key lives on. */
export function keyEnd(
  nowMs: number,
  asking: ApiKey | undefined,
  wantedMs: number | undefined,
): number | null {
  const endMs = asking?.expiresAtMs ?? null;
  if (wantedMs === undefined) return endMs;
  if (wantedMs <= nowMs) throw badEnd('is in the past', 'Give a time to come.');
  if (endMs !== null && wantedMs > endMs) {
    throw badEnd('is after the end of your own key', `At most ${endMs}.`);
  }
  return wantedMs;
}

/** What the new key is limited to: never less than the credential that asks for it. */
export function keyLimits(
  { permissions }: Principal,
  { scopes, access }: KeyRequestBody,
): Pick<ApiKey, 'scopes' | 'access'> {
  const { credential } = permissions;
  if (scopes !== undefined) {
    const missing = scopes.filter((one) => !permissions.actions.has(one));
    if (missing.length > 0) {
      const text = `You lack these permissions yourself: ${missing.join(', ')}.`;
      throw new GatewayError('forbidden', text);
    }
  }
  return {
    scopes: scopes ?? credential.scopes,
    access: [...credential.access, ...(access === undefined ? [] : [[present(access)]])],
  };
}

/**
 * Throws `forbidden` when a key would let its asker do more than it may: a key of somebody who may
 * do more, or one of its own that is limited less; `conflict` when its holder may not act.
 */
export async function checkReach(
  { identity }: Pick<ApiDeps, 'identity'>,
  principal: Principal,
  holder: KeySubject,
  limits: Pick<ApiKey, 'scopes' | 'access'>,
): Promise<void> {
  const { tenant, permissions } = principal;
  const given = await permissionsBy(identity, tenant, holder, limits);
  if (given === undefined) {
    throw new GatewayError('conflict', 'The holder of the key is deactivated.');
  }
  if (isSelf(principal, holder)) {
    // What reaches the caller reaches its own keys; only the credential's limits differ.
    checkGrant({ ...principal, permissions: { ...permissions, layers: [] } }, grantOf(given));
  } else checkGrant(principal, grantOf(given));
}

function grantOf({ actions }: Awaited<ReturnType<typeof permissionsBy>> & object) {
  return { permissions: [...actions], access: [] };
}

function isSelf({ subject }: Principal, { kind, id }: KeySubject): boolean {
  return subject.kind === kind && subject.id === id;
}

const badEnd = (problem: string, fix: string) =>
  fieldProblem([{ field: 'expiresAtMs', problem, fix }]);
