import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysOf, foldMoney } from '../../../../infra/ops/commands/payments.ts';
import { type HowToRead, readImportFile } from '../../../../infra/ops/import/read.ts';
import { csvOf, importFileOf, templateOf } from '../../../../infra/ops/import/write.ts';
import { instant } from '../../../../lib/domain/ids.ts';
import { type ImportKind, importKinds, type RowOf } from '../../../../lib/domain/import-row.ts';
import { money } from '../../../../lib/domain/money.ts';

const HOW: HowToRead = { currency: 'usd', ignore: [], timeZone: 'America/Denver' };
const read = (text: string, kind?: ImportKind) =>
  readImportFile(new TextEncoder().encode(text), { ...HOW, ...(kind && { kind }) });

// What a spreadsheet can hold: letters of any script, quotes, delimiters, line breaks, the beginnings of formulas.
const words = fc
  .array(
    fc.constantFrom('=', '+', '-', '@', "'", '"', ',', ';', '\n', ' ', 'é', '名', 'a', 'B', '1', '.', '%'),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join('').trim())
  .filter((text) => text !== '' && text === text.replace(/^[ \u00a0]+|\s+$/g, ''));
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
const at = fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map((seconds) => instant(seconds * 1000));
const amount = fc
  .tuple(fc.integer({ min: 1_000, max: 9_999_999 }), fc.constantFrom('usd', 'eur', 'jpy'))
  .map(([minor, currency]) => money(minor, currency as 'usd'));
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const day = at.map((moment) => moment.slice(0, 10));

const products: fc.Arbitrary<RowOf<'products'>> = fc.record({
  productId: id,
  category: fc.constantFrom('tournament', 'monthly', 'jersey'),
  name: words,
  description: orNull(words),
  stripeProductId: orNull(id.map((some) => `prod_${some.replaceAll('-', '')}x`)),
  laterCharges: orNull(words),
  price: orNull(amount),
});
const families: fc.Arbitrary<RowOf<'families'>> = fc.record({
  familyId: id,
  language: fc.constantFrom('en', 'es'),
  parents: fc.uniqueArray(
    fc.record({
      parentId: id,
      name: words,
      addresses: fc.array(fc.stringMatching(/^[a-z]{1,8}@[a-z]{1,8}\.example$/), { maxLength: 3 }),
    }),
    { selector: ({ parentId }) => parentId, maxLength: 3 },
  ),
});
const state = fc.constantFrom('signed', 'unsigned', 'ended');
const signUrl = orNull(fc.constant('https://club.example/sign?a=1&b=2'));
const players: fc.Arbitrary<RowOf<'players'>> = fc.record({
  ...{ playerId: id, familyId: id, name: words, contract: orNull(state), signUrl },
});
const contracts: fc.Arbitrary<RowOf<'contracts'>> = fc.record({ playerId: id, contract: state, signUrl });
const orders: fc.Arbitrary<RowOf<'orders'>> = fc
  .record({
    ...{ orderId: id, productId: id, playerId: id, amount, payBy: orNull(day), closesAt: orNull(at) },
    period: orNull(fc.stringMatching(/^[A-Za-z0-9-]{1,10}$/)),
    test: fc.boolean(),
    ended: orNull(fc.constantFrom('canceled', 'waived')),
    endedReason: orNull(words),
    minted: fc.array(orNull(at), { maxLength: 3 }),
    paid: fc.array(fc.tuple(amount, at), { maxLength: 3 }),
    refunded: fc.array(at, { maxLength: 2 }),
    hashes: fc.array(fc.stringMatching(/^[0-9a-f]{64}$/), { maxLength: 2 }),
    restOrderId: orNull(id),
  })
  .map(({ minted, paid, refunded, hashes, ...row }) => ({
    ...row,
    wholeAmount: row.restOrderId === null ? null : money(row.amount.amountMinor + 100, row.amount.currency),
    surfaces: minted.map((mintedAt, i) => ({
      stripeId: `cs_test_${row.orderId.replaceAll('-', '')}${i}`,
      mintedAt,
    })),
    payments: paid.map(([paidAmount, paidAt], i) => ({
      paymentId: `pi_${row.orderId.replaceAll('-', '')}${i}`,
      paidAmount,
      paidAt,
    })),
    refunds: (paid.length === 0 ? [] : refunded).map((refundedAt, i) => ({
      refundId: `re_${row.orderId.replaceAll('-', '')}${i}`,
      refundedAmount: money(1, paid[0]?.[0].currency),
      refundedAt,
      refundedPayment: `pi_${row.orderId.replaceAll('-', '')}0`,
    })),
    legacyTokenHashes: [...new Set(hashes)],
  }));

const arbitrary = { products, families, players, contracts, orders };

describe('what is exported', () => {
  it.each(importKinds)('of %s is read as it was, whatever is in it and however it is written', (kind) => {
    const keyOf = (row: object): string =>
      JSON.stringify(
        kind === 'orders' ? [(row as RowOf<'orders'>).orderId?.replaceAll('-', '')] : [Object.values(row)[0]],
      );
    const rowsOf = fc.uniqueArray(arbitrary[kind] as fc.Arbitrary<RowOf<typeof kind>>, {
      minLength: 1,
      maxLength: 6,
      selector: keyOf,
    });
    fc.assert(
      fc.property(
        rowsOf,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('point', 'comma'),
        (rows, delimiter, decimal) => {
          const told = new Set<string>();
          const differ = rows.filter((row) => {
            const { productId, playerId, period, ended } = row as RowOf<'orders'>;
            const debt =
              kind === 'orders' && ended !== 'canceled'
                ? `${productId}/${playerId}/${period}`
                : JSON.stringify(row);
            return !told.has(debt) && told.add(debt) !== undefined;
          });
          const answer = read(importFileOf(kind, differ, { delimiter, decimal: decimal as 'point' }), kind);
          expect('file' in answer ? answer.file.rows.map(({ row }) => row) : answer).toEqual(differ);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each(importKinds)('the template of %s is a file that can be read', (kind) => {
    const answer = read(templateOf(kind));
    expect('file' in answer ? [answer.file.kind, answer.file.rows.length] : answer).toEqual([
      kind,
      kind === 'families' ? 1 : 2,
    ]);
  });

  it('opens in Excel as what it is: a mark at its beginning, its ends of lines, no cell a formula', () => {
    const row = {
      playerId: 'p',
      familyId: 'f',
      name: '=HYPERLINK("http://evil.example")',
      contract: null,
      signUrl: null,
    };
    const text = importFileOf('players', [row], { delimiter: ',', decimal: 'point' });
    expect(text).toBe(
      '\ufeffplayer_id,family_id,name,contract,sign_url\r\np,f,"\'=HYPERLINK(""http://evil.example"")",,\r\n',
    );
  });
});

describe('a cell', () => {
  const cellIn = (text: string) => csvOf(['a'], [{ a: text }], { delimiter: '\t' }).split('\r\n')[1];

  it.each(['-5.00', '-5,00', '-5', '5.00', '-1234567.89'])(
    'with the number %s is added up by a spreadsheet',
    (text) => {
      expect(cellIn(text)).toBe(text);
    },
  );

  it.each(['-5.00+1', '-', '--5', '+5', '-5.00=', '-5.', '-1,2,3', '-5.00\n=1', '=5', '@5', '-٥'])(
    'with %o, which is no number, is no formula either',
    (text) => {
      expect(cellIn(text)?.replace(/^"/, '')).toMatch(/^'/);
    },
  );
});

describe('the payments of a time', () => {
  const moved = (kind: 'payment' | 'refund' | 'dispute', when: string, minor: number, over: object = {}) => ({
    ...{ kind, id: `x_${when}`, orderId: 'o', familyId: 'f', productId: 'utah', at: when },
    amount: money(minor),
    ...over,
  });
  const fold = (by: 'family' | 'product' | 'month', from = '2026-05-01', to = '2026-05-31') =>
    foldMoney(
      [
        // Still April, and already June, on the clocks of Denver.
        moved('payment', '2026-05-01T05:59:59.000Z', 1),
        moved('payment', '2026-05-01T06:00:00.000Z', 100),
        moved('payment', '2026-06-01T05:59:59.000Z', 20, { familyId: 'g' }),
        moved('payment', '2026-06-01T06:00:00.000Z', 3),
        moved('refund', '2026-05-10T12:00:00.000Z', 30),
        moved('dispute', '2026-05-11T12:00:00.000Z', 7),
        moved('payment', '2026-05-12T12:00:00.000Z', 500, { amount: money(500, 'eur') }),
      ],
      { from, to, by, timeZone: 'America/Denver' },
    ).map(({ group, currency, payments, received, refunded, lost }) => [
      group,
      currency,
      payments,
      received,
      refunded,
      lost,
    ]);

  it('are those of its days, both included, on the club’s clocks, by currency', () => {
    expect(fold('product')).toEqual([
      ['utah', 'eur', 1, 500, 0, 0],
      ['utah', 'usd', 2, 120, 30, 7],
    ]);
    expect(fold('family')).toEqual([
      ['f', 'eur', 1, 500, 0, 0],
      ['f', 'usd', 1, 100, 30, 7],
      ['g', 'usd', 1, 20, 0, 0],
    ]);
    expect(fold('month', '2026-04-30', '2026-06-30')).toEqual([
      ['2026-04', 'usd', 1, 1, 0, 0],
      ['2026-05', 'eur', 1, 500, 0, 0],
      ['2026-05', 'usd', 2, 120, 30, 7],
      ['2026-06', 'usd', 1, 3, 0, 0],
    ]);
    expect(fold('month', '2026-07-01', '2026-07-31')).toEqual([]);
  });

  it('go on to today, on the club’s clocks, where no last day is given', () => {
    const days = (now: string, from: string, to?: string) =>
      daysOf({ from, ...(to !== undefined && { to }) }, { now, timeZone: 'America/Denver' });
    expect(days('2026-05-01T05:59:59.999Z', '2026-04-01')).toEqual({
      ...{ from: '2026-04-01', to: '2026-04-30', range: 'from 2026-04-01 to today, 2026-04-30' },
    });
    expect(days('2026-05-01T06:00:00.000Z', '2026-05-01').to).toBe('2026-05-01');
    expect(() => days('2026-05-01T05:59:59.999Z', '2026-05-01')).toThrow(
      '2026-05-01 is after today, 2026-04-30.',
    );
    expect(days('2026-05-01T06:00:00.000Z', '2026-05-01', '2026-12-31')).toMatchObject({
      ...{ to: '2026-12-31', range: 'from 2026-05-01 to 2026-12-31' },
    });
    expect(() => days('2026-05-01T06:00:00.000Z', '2026-05-01', 'today')).toThrow('"today" is not a day.');
  });
});
