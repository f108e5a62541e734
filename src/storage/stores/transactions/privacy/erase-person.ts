import {
  accountKinds,
  tenantKinds,
  type AccountKind,
  type Erasure,
  type ErasureRequest,
  type TenantKind,
} from '../../../../identity/privacy/store.ts';
import type { GrantName } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import {
  accountRows,
  capturedContents,
  tenantRows,
  type PersonalRows,
  type PersonRow,
} from './personal-rows.ts';

type Counts<Kind extends string> = Readonly<Record<Kind, number>>;

/** Deletes what is kept of a person, or counts it; see `PrivacyStore.erase`. */
export function* erasePerson({
  userId,
  tenant,
  isOrphanMeant,
  isDryRun,
}: ErasureRequest): Steps<Erasure | undefined> {
  const person = yield* firstRow<PersonRow>(sql`SELECT id, login, email FROM account
    WHERE id = ${userId}`);
  if (person === undefined) return undefined;
  const memberships = yield* allRows<{ readonly tenant: TenantId }>(sql`SELECT tenant_id AS tenant
    FROM membership WHERE user_id = ${userId} ORDER BY tenant_id`);
  const isOrphan = memberships.length === 0;
  const meant = memberships.filter((one) => tenant === null || one.tenant === tenant);
  if (meant.length === 0 && !(isOrphan && isOrphanMeant)) return undefined;
  for (const one of meant) yield* keepAnotherOwner(one.tenant, userId);
  const isAccountErased = meant.length === memberships.length;
  const ended = yield* endedGrants(userId, isAccountErased ? null : tenant);

  const tenants: { readonly tenant: TenantId; readonly rows: Counts<TenantKind> }[] = [];
  for (const one of meant) {
    const rows = yield* eraseIn(person, one.tenant, isDryRun);
    if (!isDryRun) yield* tellOthers(one.tenant);
    tenants.push({ tenant: one.tenant, rows });
  }
  const nothing = { leftovers: zeros(tenantKinds), accountRows: zeros(accountKinds) };
  if (!isAccountErased) return { isAccountErased, tenants, ...nothing, ended };
  const everywhere = yield* eraseIn(person, null, isDryRun);
  // A dry run has left the rows of the tenants where they are, and counts them again here.
  const counted = isDryRun ? tenants.map(({ rows }) => rows) : [];
  const leftovers = mapKinds(tenantKinds, (kind) =>
    counted.reduce((rest, rows) => rest - rows[kind], everywhere[kind]),
  );
  const accounts = yield* eraseEach(accountRows(person), accountKinds, isDryRun);
  return { isAccountErased, tenants, leftovers, accountRows: accounts, ended };
}

/** Deletes or counts the rows of a tenant, or with null of all. */
function* eraseIn(
  person: PersonRow,
  tenant: TenantId | null,
  isDryRun: boolean,
): Steps<Counts<TenantKind>> {
  if (!isDryRun) yield* change(capturedContents(person, tenant));
  return yield* eraseEach(tenantRows(person, tenant), tenantKinds, isDryRun);
}

function* eraseEach<Kind extends TenantKind | AccountKind>(
  rows: readonly PersonalRows<Kind>[],
  kinds: readonly Kind[],
  isDryRun: boolean,
): Steps<Counts<Kind>> {
  const counts = new Map<Kind, number>();
  for (const { kind, count, erase } of rows) {
    const found = yield* firstRow<{ readonly rows: number }>(count);
    if (!isDryRun) yield* change(erase);
    counts.set(kind, found?.rows ?? 0);
  }
  return mapKinds(kinds, (kind) => counts.get(kind) ?? 0);
}

/** Throws `conflict` when the user is the last one who may act as an owner of the tenant. */
function* keepAnotherOwner(tenant: TenantId, userId: string): Steps<null> {
  const owners = yield* allRows<{ readonly userId: string }>(sql`SELECT membership.user_id
      AS "userId" FROM membership JOIN account ON account.id = membership.user_id
    WHERE membership.tenant_id = ${tenant} AND membership.status = 'active'
      AND account.status = 'active' AND membership.roles LIKE '%"owner"%'
    ORDER BY membership.user_id`);
  if (owners.length !== 1 || owners[0]?.userId !== userId) return null;
  const text = 'The last active owner of a tenant cannot be erased; make another user an owner.';
  throw new GatewayError('conflict', text);
}

/** Keys and grants that go with the person. */
function* endedGrants(userId: string, tenant: TenantId | null): Steps<readonly GrantName[]> {
  const all = yield* allRows<GrantName>(sql`SELECT tenant_id AS tenant, id FROM api_key
      WHERE subject_kind = 'user' AND subject_id = ${userId}
    UNION ALL SELECT tenant_id AS tenant, id FROM access_grant WHERE user_id = ${userId}`);
  return all.filter((one) => tenant === null || one.tenant === tenant);
}

/** The copies that instances keep are read again. */
function* tellOthers(tenant: TenantId): Steps<null> {
  for (const domain of ['keys', 'connections', 'sessions', 'tool-uses'] as const) {
    yield* bumpVersion(domain, tenant);
  }
  return null;
}

function zeros<Kind extends string>(kinds: readonly Kind[]): Counts<Kind> {
  return mapKinds(kinds, () => 0);
}

function mapKinds<Kind extends string>(
  kinds: readonly Kind[],
  count: (kind: Kind) => number,
): Counts<Kind> {
  return Object.fromEntries(kinds.map((kind) => [kind, count(kind)])) as Record<Kind, number>;
}
