import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categoryPolicy, ProductCategory } from '../../../lib/domain/category.ts';
import { assertOrderAmount, formatMoney, money, sum } from '../../../lib/domain/money.ts';

describe('money', () => {
  it.each([
    [money(5_500), 'en-US', '$55.00'],
    [money(5_500, 'jpy'), 'en-US', '¥5,500'],
    [money(123_456, 'eur'), 'es-ES', '1234,56 €'],
    [money(50), 'en-US', '$0.50'],
  ])('%o reads %s: %s', (amount, locale, text) => {
    expect(formatMoney(amount, locale).replace(/\s/g, ' ')).toBe(text);
  });

  it('a zero-decimal amount is never divided by a hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 99_999_999 }), (amountMinor) => {
        expect(formatMoney(money(amountMinor, 'jpy')).replace(/\D/g, '')).toBe(String(amountMinor));
        expect(formatMoney(money(amountMinor, 'usd')).replace(/\D/g, '')).toBe(
          String(amountMinor).padStart(3, '0'),
        );
      }),
    );
  });

  it('amounts of two currencies are not added', () => {
    expect(() => sum([money(1), money(1, 'eur')], 'usd')).toThrow("can't be added");
    expect(sum([money(100), money(250)], 'usd')).toEqual(money(350));
  });

  it.each([
    [49, 'below $0.50'],
    [100_000_000, 'above $999,999.99'],
    [-1, 'can not be negative'],
    [10.5, 'whole number'],
    [Number.NaN, 'whole number'],
  ])('an order of %d minor units is refused, and the rule is named', (amountMinor, rule) => {
    expect(() => assertOrderAmount(money(amountMinor))).toThrow(rule);
  });

  it.each([0, 50, 99_999_999])('an order of %d minor units is taken', (amountMinor) => {
    expect(assertOrderAmount(money(amountMinor))).toEqual(money(amountMinor));
  });
});

describe('the category policy', () => {
  it('has a row for every category, and no other', () => {
    expect(Object.keys(categoryPolicy).sort()).toEqual([...ProductCategory.options].sort());
  });

  it('keeps a card for monthly fees only, and deactivates links of tournaments and monthly fees only', () => {
    const rows = Object.entries(categoryPolicy);
    expect(rows.filter(([, row]) => row.saveCard).map(([name]) => name)).toEqual(['monthly']);
    expect(rows.filter(([, row]) => row.deactivateLinkWhenPaid).map(([name]) => name)).toEqual([
      'tournament',
      'monthly',
    ]);
    expect(rows.filter(([, row]) => row.surface === 'payment_link').map(([name]) => name)).toEqual([
      'tournament',
      'monthly',
    ]);
  });
});
