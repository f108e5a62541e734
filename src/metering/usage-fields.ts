/** How an exchange ended, for billing; `part` is what a long one used before it ended. */
export const usageOutcomes = [
  'ok',
  'tool_error',
  'upstream_error',
  'rejected',
  'timeout',
  'cancelled',
  'upstream_lost',
  'input_required',
  'cache_hit',
  'task',
  'unknown_crash',
  'replayed',
  'part',
] as const;

const eras = ['modern', 'legacy'] as const;

/** One field of a usage record, for everything that writes, keeps, lists or explains records. */
export interface UsageField {
  /** The member of `UsageRecord` and of the API's answer. */
  readonly name: string;
  /** The column in both engines. */
  readonly column: string;
  /** A boolean is 0 or 1 in a line and in a column. */
  readonly type: 'text' | 'integer' | 'real' | 'boolean';
  /** The texts it may be, when they are few. */
  readonly values?: readonly string[];
  readonly nullable: boolean;
  /** Whose it is, where it comes from (the same for many records), or a fact of its own. */
  readonly part: 'tenant' | 'origin' | 'fact';
  /** Whether the API shows it. */
  readonly isShown: boolean;
  /** One sentence for readers of the API and of the documents. */
  readonly meaning: string;
  /** What a line says that was written before the field existed. */
  readonly before?: string | number | null;
}

/**
 * Every field of a usage record, in the order of a usage line. A new one goes to the end, is
 * nullable or says what it was `before`, and needs its column in a migration of each engine; the
 * compiler then asks for its place in `encodeUsageLine`. Nothing is ever taken out or moved.
 */
export const usageFields = [
  {
    name: 'id',
    column: 'id',
    type: 'text',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'The attempt, named by the gateway; ids sort by time.',
  },
  {
    name: 'tenant',
    column: 'tenant_id',
    type: 'text',
    nullable: false,
    part: 'tenant',
    isShown: false,
    meaning: 'The tenant that the caller belongs to.',
  },
  {
    name: 'chargeKey',
    column: 'charge_key',
    type: 'text',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'What is charged at most once; the id unless the client gave a key.',
  },
  {
    name: 'nodeId',
    column: 'node_id',
    type: 'text',
    nullable: false,
    part: 'origin',
    isShown: true,
    meaning: 'The gateway process that served the exchange.',
  },
  {
    name: 'credentialId',
    column: 'credential_id',
    type: 'text',
    nullable: false,
    part: 'origin',
    isShown: true,
    meaning: 'The credential that the caller showed.',
  },
  {
    name: 'userId',
    column: 'user_id',
    type: 'text',
    nullable: false,
    part: 'origin',
    isShown: true,
    meaning: 'The user that the credential belongs to.',
  },
  {
    name: 'sessionId',
    column: 'session_id',
    type: 'text',
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'The session of the exchange, or null for one without.',
  },
  {
    name: 'serviceId',
    column: 'service_id',
    type: 'text',
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'The service, or null for what the gateway answered itself.',
  },
  {
    name: 'method',
    column: 'method',
    type: 'text',
    nullable: false,
    part: 'origin',
    isShown: true,
    meaning: 'The method of MCP.',
  },
  {
    name: 'tool',
    column: 'tool',
    type: 'text',
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'The own name of the tool, prompt or resource on its service.',
  },
  {
    name: 'clientEra',
    column: 'client_era',
    type: 'text',
    values: eras,
    nullable: false,
    part: 'origin',
    isShown: true,
    meaning: 'The era of the protocol that the client spoke.',
  },
  {
    name: 'upstreamEra',
    column: 'upstream_era',
    type: 'text',
    values: eras,
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'The era that the service spoke, or null for one that does not speak MCP.',
  },
  {
    name: 'outcome',
    column: 'outcome',
    type: 'text',
    values: usageOutcomes,
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'How the exchange ended; `part`: it had not ended yet.',
  },
  {
    name: 'startedAtMs',
    column: 'started_at_ms',
    type: 'integer',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'When it began, in epoch milliseconds.',
  },
  {
    name: 'endedAtMs',
    column: 'ended_at_ms',
    type: 'integer',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'When it ended, in epoch milliseconds.',
  },
  {
    name: 'durationMs',
    column: 'duration_ms',
    type: 'real',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'How long it took, on a monotonic clock.',
  },
  {
    name: 'upstreamMs',
    column: 'upstream_ms',
    type: 'real',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'How much of that the service took.',
  },
  {
    name: 'bytesIn',
    column: 'bytes_in',
    type: 'integer',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'Bytes that the client sent.',
  },
  {
    name: 'bytesOut',
    column: 'bytes_out',
    type: 'integer',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'Bytes that the client was sent.',
  },
  {
    name: 'events',
    column: 'events',
    type: 'integer',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'Notifications sent to the client during the exchange.',
  },
  {
    name: 'upstreamCalled',
    column: 'upstream_called',
    type: 'boolean',
    nullable: false,
    part: 'fact',
    isShown: true,
    meaning: 'Whether the service was called at all.',
  },
  {
    name: 'grantId',
    column: 'grant_id',
    type: 'text',
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'The grant behind the credential: the API key, or what a token was issued for.',
    before: null,
  },
  {
    name: 'actor',
    column: 'actor',
    type: 'text',
    nullable: true,
    part: 'origin',
    isShown: true,
    meaning: 'What acted for the user, for example `chat:…`; null when nobody did.',
    before: null,
  },
  {
    name: 'task',
    column: 'task',
    type: 'text',
    nullable: true,
    part: 'fact',
    isShown: true,
    meaning: 'The task that a call became, as keeper and id; its end has a record of its own.',
    before: null,
  },
  {
    name: 'attributes',
    column: 'attributes',
    type: 'text',
    nullable: true,
    part: 'fact',
    isShown: true,
    meaning: 'What billing rules ask of a call, as JSON: `roles`, `groups`, `arguments`.',
    before: null,
  },
  {
    name: 'quantities',
    column: 'quantities',
    type: 'text',
    nullable: true,
    part: 'fact',
    isShown: true,
    meaning: 'What the tool says it used, as JSON: exact numbers by unit, such as `custom:pages`.',
    before: null,
  },
  {
    name: 'holds',
    column: 'holds',
    type: 'text',
    nullable: true,
    part: 'fact',
    isShown: false,
    meaning: 'What it may cost of credit and budgets, as JSON: leases, amounts, kinds of pool.',
    before: null,
  },
  {
    name: 'part',
    column: 'part',
    type: 'text',
    nullable: true,
    part: 'fact',
    isShown: true,
    meaning:
      'Of a long exchange in several records: which one, and what those before say, as JSON.',
    before: null,
  },
] as const satisfies readonly UsageField[];

/** The holds of a closing record: those of the call that became the task. */
export const HOLDS_OF_CALL = '[]';

/** The fields of lines that the first gateway wrote; later ones may be missing in a line. */
export const firstUsageFields = 21;

type Declared = (typeof usageFields)[number];

type OwnValue<Field extends UsageField> = Field extends { readonly values: readonly (infer Text)[] }
  ? Text
  : { text: string; integer: number; real: number; boolean: boolean }[Field['type']];

type StoredValue<Field extends UsageField> =
  | (OwnValue<Field> extends boolean ? 0 | 1 : OwnValue<Field>)
  | (Field['nullable'] extends true ? null : never);

/** One exchange as a fact: immutable, never re-rated in place. Times are epoch milliseconds. */
export type UsageRecord = {
  readonly [Field in Declared as Field['name']]:
    | OwnValue<Field>
    | (Field['nullable'] extends true ? null : never);
};

/** How an exchange ended. */
export type UsageOutcome = (typeof usageOutcomes)[number];

/** A record as columns of a table. */
export type UsageColumns = { [Field in Declared as Field['column']]: StoredValue<Field> };

/** A record as the values of a line; a charge key that is null is the id. */
export type UsageLineValues = LineValues<typeof usageFields>;

type LineValues<Fields extends readonly UsageField[]> = {
  readonly [Place in keyof Fields]:
    | StoredValue<Fields[Place]>
    | (Fields[Place]['name'] extends 'chargeKey' ? null : never);
};

/** Where a field stands in a line. */
export function usagePlace(name: keyof UsageRecord): number {
  return usageFields.findIndex((field) => field.name === name);
}
