import {
  divide,
  type Exact,
  exactOf,
  fraction,
  multiply,
  type RoundingMode,
  roundTo,
} from './exact.ts';

/**
 * The currencies of ISO 4217 whose smallest unit is not a hundredth. What `Intl` knows is how
 * amounts are shown in daily life, which differs (IQD, HUF and IDR without decimals).
 */
const minorDigits: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG'].map(digits(0)),
  ...['RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map(digits(0)),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map(digits(3)),
  ...['CLF', 'UYW'].map(digits(4)),
]);

/** Codes that stand for no money: testing, no currency, metals, funds without a smallest unit. */
const withoutMinorUnit = /^X(?:AG|AU|B[A-D]|DR|PD|PT|SU|TS|UA|XX)$/;

const CODE = /^[A-Z]{3}$/;
const DEFAULT_DIGITS = 2;

/**
 * How many decimals a currency's smallest unit has (ISO 4217): 0 for JPY, 3 for KWD. Throws
 * RangeError for what is no currency code, or one of something that is not counted in units.
 */
export function currencyDigits(currency: string): number {
  if (!CODE.test(currency) || withoutMinorUnit.test(currency)) {
    throw new RangeError(`Not a currency with a smallest unit: ${JSON.stringify(currency)}`);
  }
  return minorDigits.get(currency) ?? DEFAULT_DIGITS;
}

/** An amount in whole smallest units: cents of USD, yen of JPY. */
export function toMinorUnits(amount: Exact, currency: string, mode: RoundingMode): bigint {
  return roundTo(amount, currencyDigits(currency), mode);
}

/** An amount in smallest units before it is rounded: cents and parts of cents of USD. */
export function exactMinorUnits(amount: Exact, currency: string): Exact {
  return multiply(amount, exactOf(10n ** BigInt(currencyDigits(currency))));
}

/** The amount of so many smallest units. */
export function fromMinorUnits(units: bigint, currency: string): Exact {
  return fraction(units, 10n ** BigInt(currencyDigits(currency)));
}

/** As it stands on an invoice, without the currency's name: `10.50`, `525` of JPY, `47.341`. */
export function printAmount(amount: Exact, currency: string, mode: RoundingMode): string {
  return printMinorUnits(toMinorUnits(amount, currency, mode), currencyDigits(currency));
}

/** Whole steps of 10^-digits as a decimal with exactly so many decimals. */
export function printMinorUnits(units: bigint, decimals: number): string {
  const sign = units < 0n ? '-' : '';
  const size = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  if (decimals === 0) return `${sign}${size}`;
  return `${sign}${size.slice(0, -decimals)}.${size.slice(-decimals)}`;
}

/** An amount in another currency; `rate` is what one unit of the first is worth in the second. */
export function convertAmount(amount: Exact, rate: Exact): Exact {
  return multiply(amount, positiveRate(rate));
}

/** How much of the first currency an amount in the second one is, at the same `rate`. */
export function convertBack(amount: Exact, rate: Exact): Exact {
  return divide(amount, positiveRate(rate));
}

function positiveRate(rate: Exact): Exact {
  if (rate.numerator <= 0n) throw new RangeError('A rate of exchange is above 0');
  return rate;
}

function digits(count: number): (currency: string) => readonly [string, number] {
  return (currency) => [currency, count];
}
