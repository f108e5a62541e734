import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';

const DECIMAL = new RegExp(
  `^\\d{1,${limits.amountDigitsMax}}(\\.\\d{1,${limits.amountDecimalsMax}})?$`,
);
const FIX = 'Give a number that is not negative as text, for example "0.001".';

/** An amount or a quantity, 0 or more. As text: a number of JSON loses digits on its way. */
export const decimalText = z.string().regex(DECIMAL, FIX);

/** The same, but not 0. */
export const positiveText = decimalText.refine((text) => /[1-9]/.test(text), {
  error: 'Give more than 0.',
});

/** How a number between two others is rounded. */
export const roundingMode = z.enum(['half_even', 'half_up', 'up', 'down']);

const tier = z.strictObject({
  upTo: positiveText.nullable().describe('The last quantity in it; null in the last tier.'),
  unitAmount: decimalText.optional(),
  flatAmount: decimalText.optional(),
  packageSize: positiveText.optional(),
  ratePercent: decimalText.optional(),
  maximumAmount: decimalText.optional(),
});

const commitment = z.strictObject({
  amount: decimalText.optional(),
  quantity: decimalText.optional(),
  overageFactor: decimalText.optional(),
  isTruedUp: z.boolean().optional(),
});

const periodTerms = {
  included: decimalText.optional().describe('Units of a period that cost nothing.'),
  minimum: decimalText.optional().describe('What a period costs at least.'),
  maximum: decimalText.optional().describe('What a period costs at most.'),
  commitment: commitment.optional(),
};

const tiered = {
  tiers: z.array(tier).min(1).max(limits.tiersPerPriceMax),
  firstFlatAtZero: z.boolean().optional(),
  ...periodTerms,
};

/** What a rule costs; see `Price`. */
export const priceSchema = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('flat'), amount: decimalText, ...periodTerms }),
  z.strictObject({ model: z.literal('unit'), unitAmount: decimalText, ...periodTerms }),
  z.strictObject({
    model: z.literal('package'),
    packageSize: positiveText,
    packageAmount: decimalText,
    rounding: roundingMode.optional(),
    ...periodTerms,
  }),
  z.strictObject({ model: z.literal('graduated'), ...tiered }),
  z.strictObject({ model: z.literal('volume'), ...tiered }),
  z.strictObject({
    model: z.literal('percentage'),
    ratePercent: decimalText,
    fixedAmount: decimalText.optional(),
    freeEvents: decimalText.optional(),
    freeAmount: decimalText.optional(),
    minimumPerEvent: decimalText.optional(),
    maximumPerEvent: decimalText.optional(),
    ...periodTerms,
  }),
]);
