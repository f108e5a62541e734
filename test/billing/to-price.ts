import type { RoundingMode } from '../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { PeriodTerms, Price, Tier } from '../../src/billing/rating/price.ts';
import {
  decimalField,
  dropUndefined,
  needDecimal,
  onlyFields,
  readObjects,
  textField,
} from './fields.ts';
import { CannotExpress } from './vector.ts';

const termFields = ['model', 'meter', 'label', 'included', 'minimum', 'maximum', 'share'] as const;
const commitFields = ['commit_amount', 'commit_quantity', 'overage_factor', 'true_up'] as const;
const tierFields = ['up_to', 'unit_amount', 'flat_amount', 'package_size', 'rate_percent'] as const;
const eventBounds = ['per_event_min', 'per_event_max'] as const;

/** The product's price for one that a vector describes. */
export function toPrice(price: JsonObject, place = 'price'): Price {
  const terms = toTerms(price, place);
  const only = (...own: readonly string[]): void =>
    onlyFields(price, place, ...termFields, ...commitFields, ...own);
  switch (price['model']) {
    case 'flat':
    case 'recurring':
      only('amount');
      return { model: 'flat', amount: needDecimal(price, 'amount', place), ...terms };
    case 'unit':
    case 'per_unit':
    case 'commitment':
      only('unit_amount', 'window', 'unit');
      return { model: 'unit', unitAmount: needDecimal(price, 'unit_amount', place), ...terms };
    case 'package':
      only('package_size', 'package_amount', 'round');
      return dropUndefined({
        model: 'package' as const,
        packageSize: needDecimal(price, 'package_size', place),
        packageAmount: needDecimal(price, 'package_amount', place),
        rounding: roundingField(price, 'round', place) as RoundingMode,
        ...terms,
      });
    case 'graduated':
    case 'volume':
    case 'graduated_percentage':
      only('tiers', 'first_flat_at_zero');
      return {
        model: price['model'] === 'volume' ? 'volume' : 'graduated',
        tiers: readObjects(price['tiers'], `${place}.tiers`).map((tier, index) =>
          toTier(tier, `${place}.tiers[${index}]`),
        ),
        firstFlatAtZero: flagField(price, 'first_flat_at_zero', place) ?? false,
        ...terms,
      };
    case 'percentage':
      only('rate_percent', 'fixed_per_event', 'free_events', 'free_amount', ...eventBounds);
      return toPercentage(price, place, terms);
    default:
      throw new CannotExpress(`${place}.model ${JSON.stringify(price['model'])} is no model`);
  }
}

/** What acts on a period, of a price or of several together. */
export function toTerms(price: JsonObject, place: string): PeriodTerms {
  const hasCommitment = commitFields.some((name) => price[name] !== undefined);
  const commitment = dropUndefined({
    amount: decimalField(price, 'commit_amount', place) as string,
    quantity: decimalField(price, 'commit_quantity', place) as string,
    overageFactor: decimalField(price, 'overage_factor', place) as string,
    isTruedUp: flagField(price, 'true_up', place) as boolean,
  });
  return dropUndefined({
    included: decimalField(price, 'included', place) as string,
    minimum: decimalField(price, 'minimum', place) as string,
    maximum: decimalField(price, 'maximum', place) as string,
    commitment: (hasCommitment ? commitment : undefined) as typeof commitment,
  });
}

/** How something is rounded, in the words of the vectors; undefined when it is not said. */
export function roundingField(
  value: JsonObject,
  name: string,
  place: string,
): RoundingMode | undefined {
  const text = textField(value, name, place)?.replace(/[ -]/g, '_');
  if (text === undefined) return undefined;
  if (text === 'up' || text === 'down' || text === 'half_up' || text === 'half_even') return text;
  if (text === 'nearest') return 'half_up';
  throw new CannotExpress(`${place}.${name} ${JSON.stringify(text)} is no rounding`);
}

function toPercentage(price: JsonObject, place: string, terms: PeriodTerms): Price {
  return dropUndefined({
    model: 'percentage' as const,
    ratePercent: needDecimal(price, 'rate_percent', place),
    fixedAmount: decimalField(price, 'fixed_per_event', place) as string,
    freeEvents: decimalField(price, 'free_events', place) as string,
    freeAmount: decimalField(price, 'free_amount', place) as string,
    minimumPerEvent: decimalField(price, 'per_event_min', place) as string,
    maximumPerEvent: decimalField(price, 'per_event_max', place) as string,
    ...terms,
  });
}

function toTier(tier: JsonObject, place: string): Tier {
  onlyFields(tier, place, ...tierFields, 'max_amount');
  if (tier['up_to'] === undefined) throw new CannotExpress(`${place}.up_to is missing`);
  return dropUndefined({
    upTo: decimalField(tier, 'up_to', place) ?? null,
    unitAmount: decimalField(tier, 'unit_amount', place) as string,
    flatAmount: decimalField(tier, 'flat_amount', place) as string,
    packageSize: decimalField(tier, 'package_size', place) as string,
    ratePercent: decimalField(tier, 'rate_percent', place) as string,
    maximumAmount: decimalField(tier, 'max_amount', place) as string,
  });
}

function flagField(value: JsonObject, name: string, place: string): boolean | undefined {
  const member: Json | undefined = value[name];
  if (member === undefined || typeof member === 'boolean') return member;
  throw new CannotExpress(`${place}.${name} is not true or false`);
}
