import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ProductCategory } from './category.ts';
import { ClubPaymentsError } from './errors.ts';
import { CalendarDate, FamilyId, Instant, OrderId, ParentId, PlayerId, ProductId } from './ids.ts';
import { assertOrderAmount, Money } from './money.ts';
import { naturalKey } from './order.ts';
import { Contract, Language, normalizeAddress } from './roster.ts';

/**
 * What a club brings along, one row each: the same rows from a spreadsheet, from JSON and over the HTTP API. A row says
 * all of its rules in words for a volunteer, who reads them beside the number of a line.
 */

const text = (longest: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'is empty'),
    v.maxLength(longest, `is longer than ${longest} characters`),
  );
const orNull = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);

const id = <S extends v.GenericSchema<string>>(schema: S) =>
  v.pipe(
    v.string(),
    v.check(
      (given) => v.is(schema, given),
      ({ input }) => (input === '' ? 'is empty' : 'may hold letters, digits, _ and - only, 64 at most'),
    ),
  );

const isDay = (day: string): boolean => {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
};
const Day = v.pipe(
  v.string(),
  v.check((day) => v.is(CalendarDate, day) && isDay(day), 'is not a day, such as 2026-05-29'),
);
const Moment = v.pipe(
  v.string(),
  v.check(
    (at) => v.is(Instant, at) && !Number.isNaN(Date.parse(at)),
    'is not a moment, such as 2026-05-29T09:00:00.000Z',
  ),
);

const ruleOf = (check: () => unknown): string | null => {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof ClubPaymentsError) return error.message;
    throw error;
  }
};
/** Zero, which is a waived debt, or what Stripe can charge. */
const Amount = v.pipe(
  Money,
  v.rawCheck(({ dataset, addIssue }) => {
    const rule =
      dataset.typed && dataset.issues === undefined ? ruleOf(() => assertOrderAmount(dataset.value)) : null;
    if (rule !== null) addIssue({ message: `is refused: ${rule}` });
  }),
);
const AmountReceived = v.pipe(
  Money,
  v.check(({ amountMinor }) => amountMinor > 0, 'is not above zero'),
);

export const Address = v.pipe(
  v.string(),
  v.transform(normalizeAddress),
  v.regex(/^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/, 'is not an e-mail address'),
);
const WebAddress = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (url) => URL.canParse(url) && /^https?:/i.test(url),
    'is not a web address, such as https://club.example/sign',
  ),
);
const stripeId = (what: string, prefix: RegExp) =>
  v.pipe(
    v.string(),
    v.check(
      (given) => prefix.test(given) && /^[A-Za-z0-9_]{4,255}$/.test(given),
      `is not the id of ${what} at Stripe`,
    ),
  );

export const ProductRow = v.strictObject({
  productId: id(ProductId),
  category: ProductCategory,
  name: text(200),
  description: orNull(text(500)),
  stripeProductId: orNull(stripeId('a product', /^prod_/)),
  laterCharges: orNull(text(500)),
  price: orNull(Amount),
});

export const FamilyRow = v.strictObject({
  familyId: id(FamilyId),
  language: Language,
  parents: v.pipe(
    v.array(v.strictObject({ parentId: id(ParentId), name: text(200), addresses: v.array(Address) })),
    v.check(
      (parents) => new Set(parents.map(({ parentId }) => parentId)).size === parents.length,
      'names one parent twice',
    ),
  ),
});

const ContractState = Contract.entries.state;

export const PlayerRow = v.strictObject({
  playerId: id(PlayerId),
  familyId: id(FamilyId),
  name: text(200),
  /** Null: as it stands; of a new player unsigned. */
  contract: orNull(ContractState),
  /** Null: as it stands. */
  signUrl: orNull(WebAddress),
});

export const ContractRow = v.strictObject({
  playerId: id(PlayerId),
  contract: ContractState,
  signUrl: orNull(WebAddress),
});

/** An object of an older system, whose Stripe address was mailed. Any id: one of an unknown kind is kept and left alone. */
const LegacySurface = v.strictObject({
  stripeId: stripeId('anything', /_/),
  /** Null where the older system did not keep it. */
  mintedAt: orNull(Moment),
});
const LegacyPayment = v.strictObject({
  paymentId: stripeId('a payment intent (pi_…)', /^pi_/),
  paidAmount: AmountReceived,
  paidAt: Moment,
});
const LegacyRefund = v.strictObject({
  /** Or of a dispute that was lost: that money is gone as well. */
  refundId: stripeId('a refund (re_…) or a dispute (du_…)', /^(re|pyr|du|dp)_/),
  refundedAmount: AmountReceived,
  refundedAt: Moment,
  /** Which of the payments was given back. */
  refundedPayment: stripeId('a payment intent (pi_…)', /^pi_/),
});

const differ = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

type Received = {
  payments: readonly v.InferOutput<typeof LegacyPayment>[];
  refunds: readonly v.InferOutput<typeof LegacyRefund>[];
};
type Doubt = { list: 'refunds'; index: number; field: string; message: string };

const moneyInDoubt = ({ payments, refunds }: Received): Doubt[] =>
  refunds.flatMap(({ refundedPayment, refundedAmount }, index): Doubt[] => {
    const at = { list: 'refunds', index } as const;
    const payment = payments.find(({ paymentId }) => paymentId === refundedPayment);
    if (payment === undefined)
      return [{ ...at, field: 'refundedPayment', message: 'is not among the payments of this row' }];
    const given = refunds
      .filter((one) => one.refundedPayment === refundedPayment)
      .reduce((sum, one) => sum + one.refundedAmount.amountMinor, 0);
    const fits =
      refundedAmount.currency === payment.paidAmount.currency && given <= payment.paidAmount.amountMinor;
    return fits ? [] : [{ ...at, field: 'refundedAmount', message: 'is more than was paid' }];
  });

export const OrderRow = v.pipe(
  v.strictObject({
    /** Null: the one order of this product, player and period, or a new one. */
    orderId: orNull(id(OrderId)),
    productId: id(ProductId),
    playerId: id(PlayerId),
    period: orNull(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z0-9-]{1,32}$/, 'may hold letters, digits and - only, such as 2026-05'),
      ),
    ),
    amount: Amount,
    /** Of an order that was divided what is owed the next time, and the order that the rest of it is owed by. */
    wholeAmount: orNull(Amount),
    restOrderId: orNull(id(OrderId)),
    /** Null: as it stands. */
    payBy: orNull(Day),
    /** Null: as it stands; of a new order: it stays payable. */
    closesAt: orNull(Moment),
    test: v.optional(v.boolean(), false),
    /** `reopened`: owed again, after all that was paid was given back. */
    ended: orNull(
      v.picklist(['canceled', 'waived', 'reopened'], 'is "canceled", "waived", "reopened", or empty'),
    ),
    endedReason: orNull(text(500)),
    surfaces: v.optional(v.array(LegacySurface), []),
    payments: v.optional(v.array(LegacyPayment), []),
    refunds: v.optional(v.array(LegacyRefund), []),
    /** SHA-256 of each token that the older system mailed for it, in lower-case hex. */
    legacyTokenHashes: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex'))),
      [],
    ),
  }),
  v.forward(
    v.check(
      ({ orderId, ended }) => orderId !== null || ended !== 'canceled',
      'is needed: a canceled order is not the one order of its debt, and is known by its id alone',
    ),
    ['orderId'],
  ),
  v.forward(
    v.check(
      ({ wholeAmount, restOrderId }) => (wholeAmount === null) === (restOrderId === null),
      'and wholeAmount are told together: of an order that was divided',
    ),
    ['restOrderId'],
  ),
  v.forward(
    v.check(
      ({ ended, refunds }) => ended !== 'reopened' || refunds.length > 0,
      'is "reopened", and nothing was given back',
    ),
    ['ended'],
  ),
  v.check(
    ({ surfaces, payments, refunds }) =>
      differ([
        ...surfaces.map((one) => one.stripeId),
        ...payments.map((one) => one.paymentId),
        ...refunds.map((one) => one.refundId),
      ]),
    'one id of Stripe is named twice',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const row = dataset.value;
    for (const { list, index, field, message } of moneyInDoubt(row)) {
      addIssue({
        message,
        path: [
          { type: 'object', origin: 'value', input: row, key: list, value: row[list] },
          { type: 'array', origin: 'value', input: [...row[list]], key: index, value: row[list][index] },
          { type: 'object', origin: 'value', input: {}, key: field, value: undefined },
        ],
      });
    }
  }),
);

export type ProductRow = v.InferOutput<typeof ProductRow>;
export type FamilyRow = v.InferOutput<typeof FamilyRow>;
export type PlayerRow = v.InferOutput<typeof PlayerRow>;
export type ContractRow = v.InferOutput<typeof ContractRow>;
export type OrderRow = v.InferOutput<typeof OrderRow>;

/** In the sequence in which a club imports them: each may name what comes before. */
export const importKinds = ['products', 'families', 'players', 'contracts', 'orders'] as const;
export type ImportKind = (typeof importKinds)[number];

export const rowSchemas = {
  products: ProductRow,
  families: FamilyRow,
  players: PlayerRow,
  contracts: ContractRow,
  orders: OrderRow,
} satisfies Record<ImportKind, v.GenericSchema>;
export type RowOf<K extends ImportKind> = v.InferOutput<(typeof rowSchemas)[K]>;
export type ImportRow = RowOf<ImportKind>;

const keys: { [K in ImportKind]: (row: RowOf<K>) => string } = {
  products: ({ productId }) => productId,
  families: ({ familyId }) => familyId,
  players: ({ playerId }) => playerId,
  contracts: ({ playerId }) => playerId,
  orders: (row) => row.orderId ?? naturalKey(row),
};

/** What one row is about: two rows of one key are one too many. */
export const rowKeyOf = <K extends ImportKind>(kind: K, row: RowOf<K>): string => keys[kind](row);

/** What a row claims for itself alone, each with the name of its column. */
export const claimsOf = <K extends ImportKind>(
  kind: K,
  row: RowOf<K>,
): { claim: string; field: string }[] => {
  if (kind !== 'orders') return [{ claim: `row ${rowKeyOf(kind, row)}`, field: idFields[kind] }];
  const order = row as OrderRow;
  return [
    ...(order.orderId === null ? [] : [{ claim: `order ${order.orderId}`, field: 'orderId' }]),
    // Tries in vain that were canceled stand beside the one order of their debt.
    ...(order.ended === 'canceled' ? [] : [{ claim: `the debt ${naturalKey(order)}`, field: 'playerId' }]),
    ...order.surfaces.map((one) => ({ claim: one.stripeId, field: 'stripeId' })),
    ...order.payments.map((one) => ({ claim: one.paymentId, field: 'paymentId' })),
    ...order.refunds.map((one) => ({ claim: one.refundId, field: 'refundId' })),
    ...order.legacyTokenHashes.map((hash) => ({ claim: `token ${hash}`, field: 'legacyTokenHashes' })),
  ];
};

const idFields: Record<ImportKind, string> = {
  products: 'productId',
  families: 'familyId',
  players: 'playerId',
  contracts: 'playerId',
  orders: 'orderId',
};

/**
 * The same rows are the same import, in whatever sequence and however they were written down.
 * @param rows as their schema gives them
 */
export const importIdOf = (kind: ImportKind, rows: readonly ImportRow[]): string => {
  const hash = createHash('sha256').update(kind);
  for (const row of rows.map((each) => JSON.stringify(each)).sort()) hash.update('\n').update(row);
  return `imp_${hash.digest('hex').slice(0, 26)}`;
};
