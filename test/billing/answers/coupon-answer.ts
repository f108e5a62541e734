import { addGrant, drawGrants, emptyBook } from '../../../src/billing/credits/grant-book.ts';
import {
  applyCoupons,
  type Coupon,
  discountLines,
  type Discounted,
  isCouponGood,
} from '../../../src/billing/invoices/discounts.ts';
import { splitInUnits } from '../../../src/billing/invoices/split-amount.ts';
import {
  currencyDigits,
  exactMinorUnits,
  fromMinorUnits,
  printMinorUnits,
} from '../../../src/kernel/currency.ts';
import { add, type Exact, parseExact, roundTo, subtract } from '../../../src/kernel/exact.ts';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import {
  decimalField,
  dropUndefined,
  needExact,
  onlyFields,
  readObject,
  readObjects,
  textField,
  toExact,
} from '../fields.ts';
import type { Answer } from '../judge-answer.ts';
import { CannotExpress, type Vector } from '../vector.ts';

/** What coupons take off an invoice or its lines. */
export function couponAnswer(vector: Vector): Answer {
  const price = vector.price ?? {};
  if (price['lines'] === undefined) return subtotalAnswer(price);
  return Array.isArray(price['lines']) ? linesAnswer(vector, price) : groupsAnswer(vector, price);
}

const couponFields = ['percent', 'amount', 'on', 'limited_to', 'invoices', 'frequency'] as const;

function toCoupon(value: JsonObject, place: string): Coupon {
  onlyFields(value, place, ...couponFields);
  const frequency = textField(value, 'frequency', place) ?? 'once';
  if (frequency !== 'once' && frequency !== 'forever') {
    throw new CannotExpress(`${place}.frequency ${JSON.stringify(frequency)}`);
  }
  const exact = (name: string): Exact | undefined => {
    const text = decimalField(value, name, place);
    return text === undefined ? undefined : parseExact(text);
  };
  const [percent, amount, of] = [exact('percent'), exact('amount'), exact('on')];
  if ((percent === undefined) === (amount === undefined)) {
    throw new CannotExpress(`${place} is neither a percentage nor an amount`);
  }
  const invoices = textField(value, 'invoices', place);
  return dropUndefined({
    percent: percent as Exact,
    amount: amount as Exact,
    of: of as Exact,
    invoices: (invoices === undefined ? undefined : BigInt(invoices)) as bigint,
  });
}

function readCoupons(price: JsonObject): readonly JsonObject[] {
  if (price['coupon'] !== undefined) return [readObject(price['coupon'], 'price.coupon')];
  return readObjects(price['coupons'], 'price.coupons');
}

const summary = ({ discounts, total, net }: Discounted) => ({
  discounts,
  discount_total: { amount: total, lines: discounts },
  total,
  net,
});

function subtotalAnswer(price: JsonObject): Answer {
  onlyFields(price, 'price', 'subtotal', 'coupons', 'coupon', 'invoice_number', 'wallet');
  const number = BigInt(textField(price, 'invoice_number', 'price') ?? '0');
  const coupons = readCoupons(price)
    .map((coupon, index) => {
      if (coupon['limited_to'] !== undefined) {
        throw new CannotExpress(`price.coupons[${index}].limited_to: the invoice has no lines`);
      }
      return toCoupon(coupon, `price.coupons[${index}]`);
    })
    .filter((coupon) => isCouponGood(coupon, number));
  const discounted = applyCoupons(needExact(price, 'subtotal', 'price'), coupons);
  const said = summary(discounted);
  const wallet = decimalField(price, 'wallet', 'price');
  if (wallet === undefined) return said;
  const book = addGrant(emptyBook, { id: 'wallet', amount: parseExact(wallet) });
  const { taken, shortfall } = drawGrants(book, { amount: discounted.net, atMs: 0 });
  return { ...said, wallet: taken.get('wallet'), due: shortfall };
}

/** One coupon over lines, in whole units of the currency. */
function linesAnswer({ currency }: Vector, price: JsonObject): Answer {
  onlyFields(price, 'price', 'lines', 'coupon', 'coupons');
  const coupons = readCoupons(price).map((one, index) => toCoupon(one, `price.coupons[${index}]`));
  const [coupon, ...others] = coupons;
  if (coupon === undefined || others.length > 0 || coupon.of !== undefined) {
    throw new CannotExpress('price has not one coupon for all lines');
  }
  const lines = (price['lines'] as readonly Json[]).map((line, index) =>
    toExact(line, `price.lines[${index}]`),
  );
  const { total } = discountLines(lines, [coupon]);
  const parts = splitInUnits(total, lines, currencyDigits(currency)).map((units) =>
    fromMinorUnits(units, currency),
  );
  const nets = lines.map((line, index) => subtract(line, parts[index] ?? line));
  return { discounts: parts, net: nets, total, discount_total: total };
}

const limit = /^(\w+?)(?: lines? (\d+(?:(?:, | and )\d+)*))?$/;
const fiveDigits = 5;

/** Coupons for some lines of named groups, spread exactly. */
function groupsAnswer({ currency }: Vector, price: JsonObject): Answer {
  onlyFields(price, 'price', 'lines', 'coupon', 'coupons');
  const groups = readObject(price['lines'], 'price.lines');
  const lines = Object.entries(groups).flatMap(([name, amounts]) => {
    if (!Array.isArray(amounts)) throw new CannotExpress(`price.lines.${name} is not a list`);
    return amounts.map((amount: Json, index) => ({
      name,
      number: index + 1,
      amount: toExact(amount, `price.lines.${name}[${index}]`),
    }));
  });
  const coupons = readCoupons(price).map((value, index): Coupon => {
    const coupon = toCoupon(value, `price.coupons[${index}]`);
    const text = textField(value, 'limited_to', `price.coupons[${index}]`);
    if (text === undefined) return coupon;
    const [, group, numbers] = limit.exec(text) ?? [];
    const wanted = numbers?.split(/, | and /).map(Number);
    const found = lines.flatMap(({ name, number }, at) =>
      name === group && (wanted === undefined || wanted.includes(number)) ? [at] : [],
    );
    if (found.length === 0) throw new CannotExpress(`price.coupons[${index}].limited_to: no lines`);
    return { ...coupon, lines: found };
  });
  const discounted = discountLines(
    lines.map(({ amount }) => amount),
    coupons,
  );
  const cents = discounted.lineDiscounts.map((one) => exactMinorUnits(one, currency));
  return {
    ...summary(discounted),
    line_discounts: discounted.lineDiscounts,
    line_nets: discounted.lineNets,
    line_discounts_cents: cents,
    line_discounts_cents_5: cents.map((one) =>
      printMinorUnits(roundTo(one, fiveDigits, 'half_even'), fiveDigits),
    ),
    gross: lines.map(({ amount }) => amount).reduce(add),
  };
}
