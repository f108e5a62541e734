import { isJsonObject, type Json } from '../../kernel/json.ts';
import {
  readPart,
  usedSoFar,
  type UsageOutcome,
  type UsageRecord,
  type UsedSoFar,
} from '../../metering/store.ts';

/** What rules look at in one exchange. */
export interface BillingFacts {
  /** The service's slug, or its id when no slug is known; null when the gateway answered. */
  readonly service: string | null;
  /** The tool's own name on its service. */
  readonly tool: string | null;
  readonly method: string;
  readonly outcome: UsageOutcome;
  readonly user: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly events: number;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Top-level arguments as text. */
  readonly arguments: Readonly<Record<string, string>>;
  /** Exact numbers by unit; `reported_price` is an amount with its currency, `0.02 USD`. */
  readonly quantities: Readonly<Record<string, string>>;
  /** Of a long exchange, what its earlier records say; the numbers above are those of all. */
  readonly before?: Pick<UsedSoFar, 'durationMs' | 'bytesIn' | 'bytesOut' | 'events'>;
}

/** The part of a usage record that rules look at. */
export type BilledRecord = Pick<
  UsageRecord,
  | 'serviceId'
  | 'tool'
  | 'method'
  | 'outcome'
  | 'userId'
  | 'startedAtMs'
  | 'durationMs'
  | 'bytesIn'
  | 'bytesOut'
  | 'events'
> & {
  /** JSON with `roles`, `groups` and `arguments`, as far as a rule asks for them. */
  readonly attributes?: string | null;
  /** JSON of exact numbers by unit, such as `custom:pages`. */
  readonly quantities?: string | null;
  /** See `UsagePart`. */
  readonly part?: string | null;
};

/** Reads what rules need from a record; `slugs` names services by their ids. */
export function billingFacts(
  record: BilledRecord,
  slugs: ReadonlyMap<string, string>,
): BillingFacts {
  const { serviceId, attributes, quantities } = record;
  const before = readPart(record.part);
  const { durationMs, bytesIn, bytesOut, events } =
    before === null ? record : usedSoFar({ ...record, upstreamMs: 0 });
  return {
    service: serviceId === null ? null : (slugs.get(serviceId) ?? serviceId),
    tool: record.tool,
    method: record.method,
    outcome: record.outcome,
    user: record.userId,
    startedAtMs: record.startedAtMs,
    durationMs,
    bytesIn,
    bytesOut,
    events,
    ...billingAttributes(attributes),
    quantities: textMembers(readObject(quantities)),
    ...(before === null ? {} : { before }),
  };
}

/** Reads what a record keeps for the rules of the one who called. */
export function billingAttributes(
  attributes: string | null | undefined,
): Pick<BillingFacts, 'roles' | 'groups' | 'arguments'> {
  const attribute = readObject(attributes);
  return {
    roles: textsOf(attribute['roles']),
    groups: textsOf(attribute['groups']),
    arguments: textMembers(attribute['arguments']),
  };
}

// Most records have none of this: then nothing is made.
const nothing: Readonly<Record<string, never>> = {};
const noTexts: readonly string[] = [];

function readObject(text: string | null | undefined): Readonly<Record<string, Json>> {
  if (text === null || text === undefined) return nothing;
  const value = JSON.parse(text) as Json;
  return isJsonObject(value) ? value : nothing;
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : noTexts;
}

function textMembers(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value) || value === nothing) return nothing;
  return Object.fromEntries(
    Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
}
