import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { invalidRequest, noSuchReference } from '../errors.ts';
import { formatMoney, MAXIMUM_MINOR, minimumMinor } from '../money.ts';
import type { Wire } from '../wire.ts';
import { checkPriceInput, createInlinePrice, type Price, type PriceInput } from './prices.ts';

/** @see https://docs.stripe.com/api/checkout/sessions/line_items */
export type LineItem = Omit<Wire<Stripe.LineItem>, 'price'> & { price: Price };

export type LineItemInput = { price?: string; price_data?: PriceInput; quantity?: number };

export const MAX_LINE_ITEMS_OF_LINK = 20;
export const MAX_LINE_ITEMS_OF_SESSION = 100;
export const MAX_QUANTITY = 999_999;

export const lineItemsUrl = (ownerId: string): string =>
  ownerId.startsWith('plink_')
    ? `/v1/payment_links/${ownerId}/line_items`
    : `/v1/checkout/sessions/${ownerId}/line_items`;

/** What can be said about line items without looking anything up. */
export function checkLineItems(items: readonly LineItemInput[]): void {
  for (const [index, item] of items.entries()) {
    const at = `line_items[${index}]`;
    if ((item.price === undefined) === (item.price_data === undefined)) {
      throw invalidRequest(
        `You must specify either \`price\` or \`price_data\` for \`${at}\`, and not both.`,
        {
          param: at,
        },
      );
    }
    if (item.price_data !== undefined) checkPriceInput(item.price_data, `${at}[price_data]`);
  }
  const currencies = new Set(items.flatMap((item) => item.price_data?.currency ?? []));
  if (currencies.size > 1) throw oneCurrencyOnly();
  const [currency] = currencies;
  if (currency !== undefined && items.every((item) => item.price_data !== undefined)) {
    const total = items.reduce(
      (sum, item) => sum + (item.price_data?.unit_amount ?? 0) * (item.quantity ?? 1),
      0,
    );
    checkTotal(total, currency);
  }
}

/** Gives line items to their owner, making prices for those that are inline. */
export function createLineItems(
  account: Account,
  ownerId: string,
  inputs: readonly LineItemInput[],
): readonly LineItem[] {
  // Everything that is referred to is looked up before anything is made, so that a refusal leaves nothing behind.
  for (const [index, input] of inputs.entries()) {
    const { price, price_data: inline } = input;
    if (price !== undefined && account.prices.get(price) === undefined) {
      throw noSuchReference('price', price, `line_items[${index}][price]`);
    }
    if (inline?.product !== undefined && account.products.get(inline.product) === undefined) {
      throw noSuchReference('product', inline.product, `line_items[${index}][price_data][product]`);
    }
    if (price !== undefined && account.prices.get(price)?.active === false) {
      throw invalidRequest(`The price specified is inactive. This field only accepts active prices.`, {
        param: `line_items[${index}][price]`,
      });
    }
  }
  const known = inputs.map((input) =>
    input.price_data === undefined
      ? { currency: '', unit_amount: 0, ...account.prices.get(input.price ?? '') }
      : input.price_data,
  );
  const currency = known[0]?.currency ?? '';
  if (known.some((price) => price.currency !== currency)) throw oneCurrencyOnly();
  checkTotal(
    known.reduce((sum, price, index) => sum + (price.unit_amount ?? 0) * (inputs[index]?.quantity ?? 1), 0),
    currency,
  );

  const items = inputs.map((input, index) => {
    const price =
      input.price_data === undefined
        ? account.prices.get(input.price ?? '')
        : createInlinePrice(account, input.price_data, `line_items[${index}][price_data]`);
    if (price === undefined) throw noSuchReference('price', input.price ?? '', `line_items[${index}][price]`);
    return lineItem(account, price, input.quantity ?? 1);
  });
  account.lineItems.set(ownerId, items);
  return items;
}

/** A session that a link opens has the link's items under ids of its own. */
export function copyLineItems(account: Account, fromId: string, toId: string): readonly LineItem[] {
  const items = (account.lineItems.get(fromId) ?? []).map((item) => ({
    ...item,
    id: account.ids.next('li_'),
  }));
  account.lineItems.set(toId, items);
  return items;
}

export const totalOf = (items: readonly LineItem[]): number =>
  items.reduce((sum, item) => sum + item.amount_total, 0);

function lineItem(account: Account, price: Price, quantity: number): LineItem {
  const total = (price.unit_amount ?? 0) * quantity;
  return {
    id: account.ids.next('li_'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: total,
    amount_tax: 0,
    amount_total: total,
    currency: price.currency,
    description: account.products.get(price.product)?.name ?? null,
    metadata: null,
    price,
    quantity,
  };
}

/** The limits of one charge. @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
export function checkTotal(totalMinor: number, currency: string, param = 'line_items'): void {
  if (totalMinor < minimumMinor(currency)) {
    throw invalidRequest(
      `The total amount due must add up to at least ${formatMoney(minimumMinor(currency), currency)} ${currency}`,
      { code: 'amount_too_small', param },
    );
  }
  if (totalMinor > MAXIMUM_MINOR) {
    throw invalidRequest(
      `The total amount due must be no more than ${formatMoney(MAXIMUM_MINOR, currency)} ${currency}`,
      { code: 'amount_too_large', param },
    );
  }
}

const oneCurrencyOnly = () =>
  invalidRequest('All line items must have the same currency.', { param: 'line_items' });
