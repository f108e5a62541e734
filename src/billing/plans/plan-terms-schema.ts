import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';
import { usageOutcomes } from '../../metering/usage-fields.ts';
import { decimalText, positiveText, priceSchema, roundingMode } from './price-schema.ts';

const UNITS = [
  'call',
  'success',
  'millisecond',
  'byte_in',
  'byte_out',
  'event',
  'stream_minute',
  'reported_price',
];
const UNIT = new RegExp(`^(${UNITS.join('|')}|(token|custom):[a-z][a-z0-9_.-]{0,63})$`);
const UNIT_FIX = `One of ${UNITS.join(', ')}, token:{name}, custom:{name}.`;

/** Identifies a rule or a recurring charge in its version, and stays with its postings. */
const termId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'Give 1 to 64 of a-z, 0-9, - and _.');
const title = z.string().min(1).max(limits.ruleNameLengthMax);
const names = z
  .array(z.string().min(1).max(limits.ruleNameLengthMax))
  .min(1)
  .max(limits.ruleNamesMax);
const paidOutcome = z.enum(usageOutcomes).exclude(['rejected']);
const paidOutcomes = z.array(paidOutcome).min(1);
/** How exchanges end; a part of one is no end. */
const endings = z.array(paidOutcome.exclude(['part'])).min(1);
const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Give a time of the day as HH:MM.');

const timeWindow = z.strictObject({
  timeZone: z.string().min(1).max(64),
  weekdays: z.array(z.int().min(1).max(7)).min(1).max(7).optional(),
  from: timeOfDay.optional(),
  to: timeOfDay.optional(),
});

const match = z.strictObject({
  services: names.optional().describe('Slugs, with `*` for any run of characters.'),
  tools: names.optional().describe('{service}__{tool}, for example orders__get*.'),
  methods: names.optional().describe('Without them tools/call.'),
  outcomes: endings.optional(),
  roles: names.optional(),
  groups: names.optional(),
  users: names.optional(),
  arguments: z
    .record(z.string().min(1).max(limits.ruleNameLengthMax), names)
    .refine((value) => Object.keys(value).length <= limits.ruleArgumentsMax, {
      error: `At most ${limits.ruleArgumentsMax} arguments.`,
    })
    .optional(),
  windows: z.array(timeWindow).min(1).max(limits.ruleWindowsMax).optional(),
});

const transform = z.strictObject({
  minimum: decimalText.optional(),
  increment: positiveText.optional(),
  rounding: roundingMode.optional(),
  divideBy: positiveText.optional(),
});

/** One line of a price list. */
export const billingRuleSchema = z.strictObject({
  id: termId,
  title,
  match,
  unit: z.string().regex(UNIT, UNIT_FIX),
  transform: transform.optional(),
  price: priceSchema,
  billableOutcomes: paidOutcomes
    .optional()
    .describe('With `part`, what counts time, bytes or events charges long calls while they run.'),
  priority: z.int().min(-1_000_000).max(1_000_000),
  holdMaximum: positiveText.optional(),
});

const recurringCharge = z.strictObject({
  id: termId,
  title,
  amount: decimalText,
  quantity: decimalText,
  due: z.enum(['in_advance', 'in_arrears']),
  proration: z.enum(['none', 'by_day', 'by_millisecond']),
});

const includes = z
  .strictObject({
    services: names.optional().describe('Slugs of services that are included whole.'),
    tools: names.optional().describe('{service}__{tool}, for example orders__get*.'),
  })
  .refine(({ services, tools }) => services !== undefined || tools !== undefined, {
    error: 'Give services, tools or both; leave it out where everything is included.',
  });

/** The shape of a version's terms; what they mean together is for `findTermsProblems`. */
export const planTermsSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'Give a code of ISO 4217, for example USD.'),
  period: z.strictObject({
    unit: z.enum(['day', 'week', 'month', 'year']),
    count: z.int().min(1).max(120),
  }),
  rules: z.array(billingRuleSchema).max(limits.rulesPerVersionMax),
  recurring: z.array(recurringCharge).max(limits.recurringChargesMax),
  rounding: z.strictObject({ mode: roundingMode, at: z.enum(['line', 'total']) }),
  payment: z
    .enum(['prepaid', 'postpaid'])
    .optional()
    .describe('Prepaid: calls that credit does not cover are refused. Postpaid when it is absent.'),
  includes: includes
    .optional()
    .describe('What else the tenant has does not exist for its callers.'),
  showPrices: z.boolean().optional().describe('Lists of tools say what their calls cost.'),
  showCost: z.boolean().optional().describe('Results of calls say what they cost.'),
});
