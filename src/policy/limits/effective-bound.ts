import type { Bound, BoundLevel, CommonBounds, TenantBounds } from '../bounds.ts';

/** A bound in the numbers that counting needs. */
export interface EffectiveBound {
  /** Milliseconds that one request uses up; undefined when requests are not counted. */
  readonly intervalMs: number | undefined;
  /** How many requests may come at once after a pause. */
  readonly burst: number;
  readonly concurrent: number;
}

const MINUTE_MS = 60_000;

/** The bound of a level that has no own name: for everybody and for all of the tenant alike. */
export function levelBound(
  level: BoundLevel,
  common: CommonBounds,
  own: Bound | undefined,
): EffectiveBound | undefined {
  return effective([common[level], own]);
}

/** What holds for a subject: what its widest role gives, or what everybody has. */
export function principalBound(
  roles: readonly string[],
  common: CommonBounds,
  tenant: TenantBounds,
): EffectiveBound | undefined {
  const ofRoles = roles.flatMap((role) => ownMember(tenant.roles, role) ?? []);
  const own = ofRoles.length === 0 ? tenant.principal : widest(ofRoles);
  return levelBound('principal', common, own);
}

/** What a list says of one name, never what every object has. */
export function ownMember<Value>(
  list: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return list !== undefined && Object.hasOwn(list, name) ? list[name] : undefined;
}

/** All of them together: of each number the smallest. */
function effective(bounds: readonly (Bound | undefined)[]): EffectiveBound | undefined {
  const given = bounds.filter((bound) => bound !== undefined);
  const rates = given.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? []);
  const bursts = given.flatMap(({ requestsPerMinute, burst }) =>
    requestsPerMinute === undefined ? [] : (burst ?? requestsPerMinute),
  );
  const concurrent = Math.min(...given.map((bound) => bound.concurrent ?? Infinity));
  if (rates.length === 0 && concurrent === Infinity) return undefined;
  return {
    intervalMs: rates.length === 0 ? undefined : MINUTE_MS / Math.min(...rates),
    burst: Math.min(...bursts),
    concurrent,
  };
}

/** Of each number the largest; what one of them leaves open is open. */
function widest(bounds: readonly Bound[]): Bound {
  const largest = (number: (bound: Bound) => number | undefined): number | undefined => {
    const numbers = bounds.map(number);
    return numbers.includes(undefined) ? undefined : Math.max(...(numbers as number[]));
  };
  const requestsPerMinute = largest((bound) => bound.requestsPerMinute);
  const burst = largest((bound) => bound.burst ?? bound.requestsPerMinute);
  const concurrent = largest((bound) => bound.concurrent);
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(requestsPerMinute === undefined || burst === undefined ? {} : { burst }),
    ...(concurrent === undefined ? {} : { concurrent }),
  };
}
