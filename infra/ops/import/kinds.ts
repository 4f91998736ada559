import type {
  ContractRow,
  FamilyRow,
  ImportKind,
  OrderRow,
  PlayerRow,
  ProductRow,
  RowOf,
} from '../../../lib/domain/import-row.ts';
import type { Currency, Money } from '../../../lib/domain/money.ts';
import { legacyTokenHash } from '../../../lib/domain/pay-token.ts';
import { listIn } from './cells.ts';

/** A column of a file: its name, what is in it, and a sample for the template. */
export type Column = { name: string; what: string; required?: boolean; samples: readonly [string, string] };

/** The cells of one line, each read as what it should be; what can't be is noted, and stands in as `undefined`. */
export type Cells = {
  text(column: string): string;
  /** Null where the cell is empty. */
  orNull(column: string): string | null;
  /** What the file as a whole is in, where the cell is empty or there is none. */
  currency(column: string): Currency | undefined;
  amount(column: string, currency: Currency | undefined): Money | undefined;
  day(column: string): string | null | undefined;
  moment(column: string, how?: { until: boolean }): string | null | undefined;
  flag(column: string): boolean | undefined;
  /** Of `stripe_id`, `stripe_id_2`, …: the ends of those with anything in them. */
  filled(columns: readonly string[]): string[];
  /** One line may have several. Those with nothing in any cell are left out. */
  several<T>(columns: readonly string[], read: (suffix: string) => T): T[];
};

/** As cells are written: money and moments in the form that is read without a doubt. */
export type Written = Record<string, string>;
export type Writing = { amount(money: Money): string };

export type Kind<K extends ImportKind> = {
  columns: readonly Column[];
  /** Columns that may come again as `…_2`, `…_3`. */
  repeated: readonly (readonly string[])[];
  /** One row from one line, or from several with the same id. */
  read(lines: readonly Cells[]): unknown;
  /** Lines of one id make one row. */
  groupedBy: string | null;
  write(row: RowOf<K>, writing: Writing): Written[];
};

const orEmpty = (text: string | null): string => text ?? '';

/** Two ways of writing a name are one: the field `payBy` is the column `pay_by`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A column of text for the field of that name. An empty cell of one that is not required is null. */
type TextColumn = Omit<Column, 'name'> & {
  /** However it is written, it is meant in lower case. */
  lower?: true;
};

/** A kind of which each line is a row, and each column a field of it. */
const flat = <Field extends string>(fields: Record<Field, TextColumn>) => {
  const named = (Object.entries(fields) as [Field, TextColumn][]).map(([field, column]) => ({
    ...{ field, name: snake(field) },
    ...column,
  }));
  return {
    columns: named.map(({ field: _, lower: __, ...column }): Column => column),
    repeated: [],
    groupedBy: null,
    read: ([cells]: readonly Cells[]) =>
      cells &&
      Object.fromEntries(
        named.map(({ field, name, required = false, lower = false }) => {
          const text = lower ? cells.text(name).toLowerCase() : cells.text(name);
          return [field, text === '' && !required ? null : text];
        }),
      ),
    write: (row: Readonly<Record<Field, string | null>>): [Written] => [
      Object.fromEntries(named.map(({ field, name }) => [name, orEmpty(row[field])])),
    ],
  };
};

const productTexts = flat<Exclude<keyof ProductRow, 'price'>>({
  productId: { what: 'your own id for it', required: true, samples: ['utah-invitational', 'u12-fees'] },
  category: {
    what: 'tournament, monthly, jersey, tryout or generic',
    required: true,
    samples: ['tournament', 'monthly'],
    lower: true,
  },
  name: {
    what: 'what families read',
    required: true,
    samples: ['Utah Invitational', 'U12 training fee'],
  },
  description: {
    what: 'one more line on the payment page',
    samples: ['June 12 to 14, St. George', ''],
  },
  stripeProductId: { what: 'in your catalogue at Stripe (prod_…), if it is there', samples: ['', ''] },
  laterCharges: {
    what: 'for monthly fees: which later fees are charged, and when',
    samples: ['', 'on the 1st of each month'],
  },
});

const products: Kind<'products'> = {
  ...productTexts,
  columns: [
    ...productTexts.columns,
    { name: 'price', what: 'for a checkout without an order', samples: ['', ''] },
    { name: 'currency', what: 'of the price', samples: ['', ''] },
  ],
  read: ([cells]) =>
    cells && {
      ...productTexts.read([cells]),
      price: cells.text('price') === '' ? null : cells.amount('price', cells.currency('currency')),
    },
  write: (row, { amount }) => [
    {
      ...productTexts.write(row)[0],
      price: row.price === null ? '' : amount(row.price),
      currency: orEmpty(row.price?.currency ?? null),
    },
  ],
};

const families: Kind<'families'> = {
  columns: [
    {
      name: 'family_id',
      what: 'your own id; one line for each parent',
      required: true,
      samples: ['fam_101', 'fam_101'],
    },
    { name: 'language', what: 'en or es', required: true, samples: ['en', 'en'] },
    { name: 'parent_id', what: 'your own id', required: true, samples: ['101', '101b'] },
    {
      name: 'parent_name',
      what: 'as in the salutation',
      required: true,
      samples: ['Alex Alvarez', 'Robin Alvarez'],
    },
    {
      name: 'addresses',
      what: 'e-mail; several with spaces between',
      samples: ['alex@family.example', 'robin@family.example'],
    },
  ],
  repeated: [],
  groupedBy: 'family_id',
  read: (lines) => ({
    familyId: lines[0]?.text('family_id'),
    // Said once is enough.
    language: lines.map((cells) => cells.text('language').toLowerCase()).find((text) => text !== '') ?? '',
    parents: lines
      // A family without a parent has one line with nothing behind its language.
      .filter((cells) =>
        ['parent_id', 'parent_name', 'addresses'].some((column) => cells.text(column) !== ''),
      )
      .map((cells) => ({
        parentId: cells.text('parent_id'),
        name: cells.text('parent_name'),
        addresses: listIn(cells.text('addresses')),
      })),
  }),
  write: ({ familyId, language, parents }: FamilyRow) => {
    const family = { family_id: familyId, language };
    const lines = parents.map(({ parentId, name, addresses }) => ({
      ...family,
      parent_id: parentId,
      parent_name: name,
      addresses: addresses.join(' '),
    }));
    return lines.length > 0 ? lines : [{ ...family, parent_id: '', parent_name: '', addresses: '' }];
  },
};

const contractWhat = 'signed, unsigned or ended';

const players: Kind<'players'> = flat<keyof PlayerRow>({
  playerId: { what: 'your own id', required: true, samples: ['ply_101', 'ply_102'] },
  familyId: { what: 'of a family that is there', required: true, samples: ['fam_101', 'fam_102'] },
  name: { what: 'what families read', required: true, samples: ['Maya Alvarez', 'Leo Bennett'] },
  contract: { what: `${contractWhat}; empty: as it stands`, samples: ['signed', ''], lower: true },
  signUrl: {
    what: 'where the family signs; empty: as it stands',
    samples: ['https://club.example/contracts', ''],
  },
});

const contracts: Kind<'contracts'> = flat<keyof ContractRow>({
  playerId: { what: 'of a player who is there', required: true, samples: ['ply_101', 'ply_102'] },
  contract: { what: contractWhat, required: true, samples: ['signed', 'ended'], lower: true },
  signUrl: { what: 'where the family signs; empty: as it stands', samples: ['', ''] },
});

const surfaceColumns = ['stripe_id', 'minted_at'] as const;
const paymentColumns = ['payment_id', 'paid_amount', 'paid_currency', 'paid_at'] as const;
const refundColumns = ['refund_id', 'refunded_amount', 'refunded_at', 'refunded_payment'] as const;

const orders: Kind<'orders'> = {
  columns: [
    {
      name: 'order_id',
      what: 'your own id; empty: the one order of this product, player and period',
      samples: ['81', ''],
    },
    {
      name: 'product_id',
      what: 'of a product that is there',
      required: true,
      samples: ['utah-invitational', 'u12-fees'],
    },
    { name: 'player_id', what: 'of a player who is there', required: true, samples: ['ply_101', 'ply_102'] },
    { name: 'period', what: 'where a product has them, such as 2026-05', samples: ['', '2026-05'] },
    {
      name: 'amount',
      what: 'what the family owes; 0: nothing',
      required: true,
      samples: ['65.00', '120.00'],
    },
    { name: 'currency', what: 'usd unless --currency says otherwise', samples: ['usd', 'usd'] },
    { name: 'pay_by', what: 'a day', samples: ['2026-05-29', '2026-05-08'] },
    {
      name: 'closes_at',
      what: 'from when on a click opens no payment any more; a day: its end',
      samples: ['', ''],
    },
    { name: 'test', what: 'yes for an order of the club’s own', samples: ['', ''] },
    {
      name: 'ended',
      what: 'canceled, waived, or reopened: owed again after it was given back',
      samples: ['', ''],
    },
    { name: 'ended_reason', what: 'why', samples: ['', ''] },
    {
      name: 'whole_amount',
      what: 'of an order that was divided: what is owed the next time',
      samples: ['', ''],
    },
    { name: 'rest_order_id', what: 'and the order that the rest of it is owed by', samples: ['', ''] },
    {
      name: 'stripe_id',
      what: 'of the link or session that the older system mailed (plink_… or cs_…)',
      samples: ['cs_live_a1b2c3', ''],
    },
    { name: 'minted_at', what: 'when that was made, if it is known', samples: ['2026-04-14 09:00', ''] },
    { name: 'payment_id', what: 'of a payment that was made there (pi_…)', samples: ['', ''] },
    { name: 'paid_amount', what: 'of that payment', samples: ['', ''] },
    { name: 'paid_currency', what: 'if it is another than that of the amount', samples: ['', ''] },
    { name: 'paid_at', what: 'when', samples: ['', ''] },
    {
      name: 'refund_id',
      what: 'of money that was given back (re_…), or lost in a dispute (du_…)',
      samples: ['', ''],
    },
    { name: 'refunded_amount', what: 'how much', samples: ['', ''] },
    { name: 'refunded_at', what: 'when', samples: ['', ''] },
    { name: 'refunded_payment', what: 'of which payment; empty: of the one there is', samples: ['', ''] },
    {
      name: 'legacy_tokens',
      what: 'the end of the links that the older system mailed; only a hash of them is kept',
      samples: ['', ''],
    },
    { name: 'legacy_token_hashes', what: 'or their SHA-256', samples: ['', ''] },
  ],
  repeated: [surfaceColumns, paymentColumns, refundColumns],
  groupedBy: null,
  read: ([cells]) => {
    if (cells === undefined) return undefined;
    const currency = cells.currency('currency');
    const payments = cells.several(paymentColumns, (n) => ({
      paymentId: cells.text(`payment_id${n}`),
      paidAmount: cells.amount(
        `paid_amount${n}`,
        cells.text(`paid_currency${n}`) === '' ? currency : cells.currency(`paid_currency${n}`),
      ),
      paidAt: cells.moment(`paid_at${n}`) ?? '',
    }));
    return {
      orderId: cells.orNull('order_id'),
      productId: cells.text('product_id'),
      playerId: cells.text('player_id'),
      period: cells.orNull('period'),
      amount: cells.amount('amount', currency),
      wholeAmount: cells.text('whole_amount') === '' ? null : cells.amount('whole_amount', currency),
      restOrderId: cells.orNull('rest_order_id'),
      payBy: cells.day('pay_by'),
      closesAt: cells.moment('closes_at', { until: true }),
      test: cells.flag('test'),
      ended: cells.orNull('ended')?.toLowerCase().replace('cancelled', 'canceled') ?? null,
      endedReason: cells.orNull('ended_reason'),
      surfaces: cells.several(surfaceColumns, (n) => ({
        stripeId: cells.text(`stripe_id${n}`),
        mintedAt: cells.moment(`minted_at${n}`),
      })),
      payments,
      refunds: cells.several(refundColumns, (n) => {
        const of = cells.text(`refunded_payment${n}`);
        const payment =
          of === '' && payments.length === 1
            ? payments[0]
            : payments.find(({ paymentId }) => paymentId === of);
        return {
          refundId: cells.text(`refund_id${n}`),
          refundedAmount: cells.amount(`refunded_amount${n}`, payment?.paidAmount?.currency ?? currency),
          refundedAt: cells.moment(`refunded_at${n}`) ?? '',
          refundedPayment: payment?.paymentId ?? of,
        };
      }),
      legacyTokenHashes: [
        ...listIn(cells.text('legacy_tokens')).map(legacyTokenHash),
        ...listIn(cells.text('legacy_token_hashes')).map((hash) => hash.toLowerCase()),
      ],
    };
  },
  write: (row: OrderRow, { amount }) => {
    const numbered = <T>(items: readonly T[], cellsOf: (item: T) => Written): Written =>
      Object.fromEntries(
        items.flatMap((item, i) =>
          Object.entries(cellsOf(item)).map(([name, cell]) => [name + suffixOf(i), cell]),
        ),
      );
    return [
      {
        order_id: orEmpty(row.orderId),
        product_id: row.productId,
        player_id: row.playerId,
        period: orEmpty(row.period),
        amount: amount(row.amount),
        whole_amount: row.wholeAmount === null ? '' : amount(row.wholeAmount),
        rest_order_id: orEmpty(row.restOrderId),
        currency: row.amount.currency,
        pay_by: orEmpty(row.payBy),
        closes_at: orEmpty(row.closesAt),
        test: row.test ? 'yes' : '',
        ended: orEmpty(row.ended),
        ended_reason: orEmpty(row.endedReason),
        ...numbered(row.surfaces, ({ stripeId, mintedAt }) => ({
          stripe_id: stripeId,
          minted_at: orEmpty(mintedAt),
        })),
        ...numbered(row.payments, ({ paymentId, paidAmount, paidAt }) => ({
          payment_id: paymentId,
          paid_amount: amount(paidAmount),
          paid_currency: paidAmount.currency === row.amount.currency ? '' : paidAmount.currency,
          paid_at: paidAt,
        })),
        ...numbered(row.refunds, ({ refundId, refundedAmount, refundedAt, refundedPayment }) => ({
          refund_id: refundId,
          refunded_amount: amount(refundedAmount),
          refunded_at: refundedAt,
          refunded_payment: refundedPayment,
        })),
        legacy_token_hashes: row.legacyTokenHashes.join(' '),
      },
    ];
  },
};

/** Of the first of several there is none: `stripe_id`, `stripe_id_2`. */
export const suffixOf = (index: number): string => (index === 0 ? '' : `_${index + 1}`);

export const kinds: { [K in ImportKind]: Kind<K> } = { products, families, players, contracts, orders };
