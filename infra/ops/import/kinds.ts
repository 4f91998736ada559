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
  /** `stripe_id`, `stripe_id_2`, …: one line may have several. Those with nothing in any cell are left out. */
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
const currencyOf = (money: Money | null): string =>
  money === null ? '' : (money.currency satisfies Currency);

const products: Kind<'products'> = {
  columns: [
    {
      name: 'product_id',
      what: 'your own id for it',
      required: true,
      samples: ['utah-invitational', 'u12-fees'],
    },
    {
      name: 'category',
      what: 'tournament, monthly, jersey, tryout or generic',
      required: true,
      samples: ['tournament', 'monthly'],
    },
    {
      name: 'name',
      what: 'what families read',
      required: true,
      samples: ['Utah Invitational', 'U12 training fee'],
    },
    {
      name: 'description',
      what: 'one more line on the payment page',
      samples: ['June 12 to 14, St. George', ''],
    },
    {
      name: 'stripe_product_id',
      what: 'in your catalogue at Stripe (prod_…), if it is there',
      samples: ['', ''],
    },
    {
      name: 'later_charges',
      what: 'for monthly fees: which later fees are charged, and when',
      samples: ['', 'on the 1st of each month'],
    },
    { name: 'price', what: 'for a checkout without an order', samples: ['', ''] },
    { name: 'currency', what: 'of the price', samples: ['', ''] },
  ],
  repeated: [],
  groupedBy: null,
  read: ([cells]) =>
    cells && {
      productId: cells.text('product_id'),
      category: cells.text('category').toLowerCase(),
      name: cells.text('name'),
      description: cells.orNull('description'),
      stripeProductId: cells.orNull('stripe_product_id'),
      laterCharges: cells.orNull('later_charges'),
      price: cells.text('price') === '' ? null : cells.amount('price', cells.currency('currency')),
    },
  write: (row: ProductRow, { amount }) => [
    {
      product_id: row.productId,
      category: row.category,
      name: row.name,
      description: orEmpty(row.description),
      stripe_product_id: orEmpty(row.stripeProductId),
      later_charges: orEmpty(row.laterCharges),
      price: row.price === null ? '' : amount(row.price),
      currency: currencyOf(row.price),
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

const players: Kind<'players'> = {
  columns: [
    { name: 'player_id', what: 'your own id', required: true, samples: ['ply_101', 'ply_102'] },
    { name: 'family_id', what: 'of a family that is there', required: true, samples: ['fam_101', 'fam_102'] },
    { name: 'name', what: 'what families read', required: true, samples: ['Maya Alvarez', 'Leo Bennett'] },
    { name: 'contract', what: `${contractWhat}; empty: as it stands`, samples: ['signed', ''] },
    {
      name: 'sign_url',
      what: 'where the family signs; empty: as it stands',
      samples: ['https://club.example/contracts', ''],
    },
  ],
  repeated: [],
  groupedBy: null,
  read: ([cells]) =>
    cells && {
      playerId: cells.text('player_id'),
      familyId: cells.text('family_id'),
      name: cells.text('name'),
      contract: cells.orNull('contract')?.toLowerCase() ?? null,
      signUrl: cells.orNull('sign_url'),
    },
  write: ({ playerId, familyId, name, contract, signUrl }: PlayerRow) => [
    {
      player_id: playerId,
      family_id: familyId,
      name,
      contract: orEmpty(contract),
      sign_url: orEmpty(signUrl),
    },
  ],
};

const contracts: Kind<'contracts'> = {
  columns: [
    { name: 'player_id', what: 'of a player who is there', required: true, samples: ['ply_101', 'ply_102'] },
    { name: 'contract', what: contractWhat, required: true, samples: ['signed', 'ended'] },
    { name: 'sign_url', what: 'where the family signs; empty: as it stands', samples: ['', ''] },
  ],
  repeated: [],
  groupedBy: null,
  read: ([cells]) =>
    cells && {
      playerId: cells.text('player_id'),
      contract: cells.text('contract').toLowerCase(),
      signUrl: cells.orNull('sign_url'),
    },
  write: ({ playerId, contract, signUrl }: ContractRow) => [
    { player_id: playerId, contract, sign_url: orEmpty(signUrl) },
  ],
};

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
      name: 'stripe_id',
      what: 'of the link or session that the older system mailed (plink_… or cs_…)',
      samples: ['cs_live_a1b2c3', ''],
    },
    { name: 'minted_at', what: 'when that was made, if it is known', samples: ['2026-04-14 09:00', ''] },
    { name: 'payment_id', what: 'of a payment that was made there (pi_…)', samples: ['', ''] },
    { name: 'paid_amount', what: 'of that payment', samples: ['', ''] },
    { name: 'paid_currency', what: 'if it is another than that of the amount', samples: ['', ''] },
    { name: 'paid_at', what: 'when', samples: ['', ''] },
    { name: 'refund_id', what: 'of money that was given back (re_…)', samples: ['', ''] },
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
