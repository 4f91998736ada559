import * as v from 'valibot';
import { InvalidInput } from './errors.ts';
import { Integer } from './integer.ts';

/**
 * Currencies the service takes: Stripe's smallest and largest charge, in minor units, and how many decimals
 * the currency has. A row is a deliberate decision, so that an amount can never be off by a factor of 100.
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const currencies = {
  usd: { decimals: 2, minimumMinor: 50, maximumMinor: 99_999_999 },
  cad: { decimals: 2, minimumMinor: 50, maximumMinor: 99_999_999 },
  eur: { decimals: 2, minimumMinor: 50, maximumMinor: 99_999_999 },
  gbp: { decimals: 2, minimumMinor: 30, maximumMinor: 99_999_999 },
  mxn: { decimals: 2, minimumMinor: 1_000, maximumMinor: 99_999_999 },
  jpy: { decimals: 0, minimumMinor: 50, maximumMinor: 99_999_999 },
} as const;

export type Currency = keyof typeof currencies;
export const Currency = v.picklist(Object.keys(currencies) as [Currency, ...Currency[]]);

/** An amount in the smallest unit of its currency: cents for USD, yen for JPY. Always an integer. */
export const Money = v.object({
  amountMinor: Integer,
  currency: Currency,
});
export type Money = v.InferOutput<typeof Money>;

export const money = (amountMinor: number, currency: Currency = 'usd'): Money => ({ amountMinor, currency });

export const sameMoney = (a: Money, b: Money): boolean =>
  a.amountMinor === b.amountMinor && a.currency === b.currency;

/** How many decimals a person writes: 2 for USD, none for JPY. */
export const decimalsOf = (currency: Currency): number => currencies[currency].decimals;

/** The least that Stripe charges. */
export const smallestCharge = (currency: Currency): Money =>
  money(currencies[currency].minimumMinor, currency);

/** The sum of amounts of one currency. @throws {InvalidInput} when currencies are mixed. */
export const sum = (amounts: readonly Money[], currency: Currency): Money =>
  amounts.reduce(
    (total, next) => {
      if (next.currency !== total.currency) {
        throw new InvalidInput(`Amounts in ${total.currency} and ${next.currency} can't be added.`);
      }
      return money(total.amountMinor + next.amountMinor, total.currency);
    },
    money(0, currency),
  );

/** What a person reads: "$55.00" or "¥5,500", in the reader's form. */
export const formatMoney = (amount: Money, locale = 'en-US'): string =>
  formatOf(amount.currency, locale).format(amount.amountMinor / 10 ** currencies[amount.currency].decimals);

/** To make one takes as long as to use it a hundred times. There are no more than currencies and languages. */
const formats = new Map<string, Intl.NumberFormat>();

const formatOf = (currency: Currency, locale: string): Intl.NumberFormat => {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const { decimals } = currencies[currency];
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  formats.set(key, format);
  return format;
};

/**
 * What a person has typed: `40`, `40.5` or `40.00`, without a sign for the currency.
 * @throws {InvalidInput} it is no amount of this currency
 */
export const parseMoney = (text: string, currency: Currency): Money => {
  const { decimals } = currencies[currency];
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > decimals) {
    throw new InvalidInput(
      `"${text}" is not an amount in ${currency.toUpperCase()}. Write it like ${decimals === 0 ? '4000' : '40.00'}.`,
    );
  }
  return money(Number(whole + fraction.padEnd(decimals, '0')), currency);
};

/**
 * An amount an order may have: zero (the order is waived), or one that Stripe can charge.
 * @throws {InvalidInput} naming the rule that the amount breaks
 */
export const assertOrderAmount = (amount: Money): Money => {
  const parsed = v.safeParse(Money, amount);
  if (!parsed.success) {
    throw new InvalidInput(
      'An amount is a whole number of minor units (cents) in a currency the service takes: ' +
        `${Object.keys(currencies).join(', ')}.`,
    );
  }
  const { minimumMinor, maximumMinor } = currencies[amount.currency];
  if (amount.amountMinor < 0) {
    throw new InvalidInput('An amount can not be negative. To give money back, refund a payment.');
  }
  if (amount.amountMinor > 0 && amount.amountMinor < minimumMinor) {
    throw new InvalidInput(
      `${formatMoney(amount)} is below ${formatMoney(money(minimumMinor, amount.currency))}, the least that ` +
        'Stripe can charge. Raise the amount, or waive the order with 0.',
    );
  }
  if (amount.amountMinor > maximumMinor) {
    throw new InvalidInput(
      `${formatMoney(amount)} is above ${formatMoney(money(maximumMinor, amount.currency))}, the most that ` +
        'Stripe can charge at once. Split the order.',
    );
  }
  return parsed.output;
};
