import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { DAY_MS, SECOND_MS } from '../clock.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { inRange, integer, listOf, notSimulated, params, text, timeRange } from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { currency } from './prices.ts';

/** @see https://docs.stripe.com/api/balance_transactions */
export type BalanceTransaction = Wire<Stripe.BalanceTransaction>;

/** Money that came in can be paid out after this time. */
const PENDING_MS = 2 * DAY_MS;
/** Stripe's list price for a US card. @see https://stripe.com/pricing */
const FEE_PERMILLE = 29;
const FEE_FIXED_MINOR = 30;
/** Kept by Stripe for each dispute, whoever wins. */
export const DISPUTE_FEE_MINOR = 1_500;

export const chargeFeeMinor = (amountMinor: number): number =>
  Math.round((amountMinor * FEE_PERMILLE) / 1_000) + FEE_FIXED_MINOR;

type Booking = {
  /** Positive for what comes in. */
  amountMinor: number;
  feeMinor?: number;
  currency: string;
  source: string;
  type: 'charge' | 'refund' | 'refund_failure' | 'adjustment';
};

/** Books one movement of money; the balance is nothing but the sum of these. */
export function book(account: Account, booking: Booking): BalanceTransaction {
  const fee = booking.feeMinor ?? 0;
  return account.balanceTransactions.add({
    id: account.ids.next('txn_'),
    object: 'balance_transaction',
    amount: booking.amountMinor,
    available_on: Math.floor((account.clock.nowMs() + PENDING_MS) / SECOND_MS),
    balance_type: 'payments',
    created: account.clock.nowSeconds(),
    currency: booking.currency,
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency: booking.currency,
              description: 'Stripe fees',
              type: 'stripe_fee',
            },
          ],
    net: booking.amountMinor - fee,
    reporting_category: booking.type === 'adjustment' ? 'dispute' : booking.type,
    source: booking.source,
    status: 'pending',
    type: booking.type,
  });
}

export type Balance = { [currency: string]: { availableMinor: number; pendingMinor: number } };

/** After Stripe's fees, by currency. */
export function balanceOf(account: Account): Balance {
  const balance: Balance = {};
  for (const transaction of account.balanceTransactions.all()) {
    const entry = balance[transaction.currency] ?? { availableMinor: 0, pendingMinor: 0 };
    balance[transaction.currency] = entry;
    if (isAvailable(account, transaction)) entry.availableMinor += transaction.net;
    else entry.pendingMinor += transaction.net;
  }
  return balance;
}

const isAvailable = (account: Account, transaction: BalanceTransaction): boolean =>
  transaction.available_on <= account.clock.nowSeconds();

/** A transaction's status is a matter of time, so it is decided when somebody looks. */
const asOfNow = (account: Account, transaction: BalanceTransaction): BalanceTransaction => ({
  ...transaction,
  status: isAvailable(account, transaction) ? 'available' : 'pending',
});

const retrieveParams = params<Stripe.BalanceTransactionRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.BalanceTransactionListParams>()({
  created: timeRange(),
  currency: currency(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  payout: notSimulated,
  source: text(),
  starting_after: text(),
  type: text(),
});
const balanceParams = params<Stripe.BalanceRetrieveParams>()({ expand: listOf(text()) });

export const balanceEndpoints: Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/v1/balance',
    params: balanceParams,
    execute: ({ account }) => {
      const entries = Object.entries(balanceOf(account));
      return {
        object: 'balance',
        available: entries.map(([code, sums]) => ({
          amount: sums.availableMinor,
          currency: code,
          source_types: { card: sums.availableMinor },
        })),
        livemode: false,
        pending: entries.map(([code, sums]) => ({
          amount: sums.pendingMinor,
          currency: code,
          source_types: { card: sums.pendingMinor },
        })),
      };
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/balance_transactions',
    params: listParams,
    execute: ({ account, params }) => {
      const page = listResources(
        account.balanceTransactions,
        { ...params, kind: 'balance transaction', url: '/v1/balance_transactions' },
        (transaction) =>
          (params.currency === undefined || transaction.currency === params.currency) &&
          (params.source === undefined || transaction.source === params.source) &&
          (params.type === undefined || transaction.type === params.type) &&
          inRange(transaction.created, params.created),
      );
      return { ...page, data: page.data.map((transaction) => asOfNow(account, transaction)) };
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/balance_transactions/:id',
    params: retrieveParams,
    execute: ({ account, id }) => {
      const transaction = account.balanceTransactions.get(id);
      if (transaction === undefined) throw noSuchObject('balance transaction', id);
      return asOfNow(account, transaction);
    },
  }),
];
