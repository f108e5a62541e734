import type { TenantId } from '../../../../kernel/principal.ts';
import { rollupFacets } from '../../../../metering/store.ts';
import { sql, type SqlText } from '../../sql.ts';
import { allRows, firstRow, type Steps } from '../../transaction.ts';

/** The text of a sum, and what it is of. */
interface NamedSum {
  readonly name: string;
  readonly sum: string;
}

/**
 * Which sums by the hour and the day are not those of what they sum up: every facet and grain has
 * all of a tenant's records and all its charges. Nothing is compared while they are made again.
 */
export function* wrongRollups(tenant: TenantId): Steps<readonly string[]> {
  const rebuild = yield* firstRow(
    sql`SELECT tenant_id FROM rollup_rebuild WHERE tenant_id = ${tenant}`,
  );
  if (rebuild !== undefined) return [];
  return [
    ...(yield* differing('usage', recordsOf(tenant), usageOf(tenant))),
    ...(yield* differing('costs', chargesOf(tenant), costsOf(tenant))),
  ];
}

function* differing(what: string, truth: SqlText, rolled: SqlText): Steps<readonly string[]> {
  const expected = yield* allRows<NamedSum>(truth);
  const found = new Map((yield* allRows<NamedSum>(rolled)).map(({ name, sum }) => [name, sum]));
  const names = ['hour', 'day'].flatMap((grain) =>
    rollupFacets.map((facet) => `${grain} ${facet}`),
  );
  const currencies = new Map(expected.map(({ name, sum }) => [name, sum]));
  for (const name of found.keys()) {
    const [, , currency = ''] = name.split(' ');
    if (!currencies.has(currency)) currencies.set(currency, '0 0');
  }
  return [...currencies].flatMap(([currency, sum]) =>
    names
      .map((name) => (currency === '' ? name : `${name} ${currency}`))
      .filter((name) => (found.get(name) ?? '0 0') !== sum)
      .map((name) => `${what} by ${name}`),
  );
}

function recordsOf(tenant: TenantId): SqlText {
  return sql`SELECT '' AS name, CAST(usage_total.records - coalesce(gone.records, 0) AS text)
      || ' ' || CAST(usage_total.bytes_out - coalesce(gone.bytes_out, 0) AS text) AS sum
    FROM usage_total LEFT JOIN usage_unsummed AS gone ON gone.tenant_id = usage_total.tenant_id
    WHERE usage_total.tenant_id = ${tenant}`;
}

function usageOf(tenant: TenantId): SqlText {
  return sql`SELECT grain || ' ' || facet AS name,
      CAST(sum(records) AS text) || ' ' || CAST(sum(bytes_out) AS text) AS sum
    FROM usage_rollup WHERE tenant_id = ${tenant} GROUP BY grain, facet`;
}

function chargesOf(tenant: TenantId): SqlText {
  return sql`SELECT currency AS name,
      CAST(count(*) AS text) || ' ' || CAST(sum(amount_nano) AS text) AS sum
    FROM charge WHERE tenant_id = ${tenant} GROUP BY currency`;
}

function costsOf(tenant: TenantId): SqlText {
  return sql`SELECT grain || ' ' || facet || ' ' || currency AS name,
      CAST(sum(charges) AS text) || ' ' || CAST(sum(amount_nano) AS text) AS sum
    FROM cost_rollup WHERE tenant_id = ${tenant} GROUP BY grain, facet, currency`;
}
