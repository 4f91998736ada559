/**
 * Smallest amount that can be charged, in minor units. Currencies that are not listed are refused.
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MINIMUM_MINOR: Readonly<Record<string, number>> = {
  usd: 50,
  aud: 50,
  cad: 50,
  chf: 50,
  dkk: 250,
  eur: 50,
  gbp: 30,
  jpy: 50,
  mxn: 1_000,
  nok: 300,
  nzd: 50,
  sek: 300,
};

/** Eight digits for every currency: 999,999.99 in one with cents, 99,999,999 in one without. */
export const MAXIMUM_MINOR = 99_999_999;

export const currencies = Object.keys(MINIMUM_MINOR);
export const minimumMinor = (currency: string): number => MINIMUM_MINOR[currency] ?? 50;

/** "$50.00", "¥5,000": the number of decimals is the currency's own. */
export function formatMoney(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase() });
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
