import { describe, expect, it } from 'vitest';
import type { CloseLinkPlan } from '../../../infra/money.ts';
import { meaningOf, tableOf } from '../../../infra/ops/commands/close-link.ts';
import { money } from '../../../lib/domain/money.ts';

const NOON = '2026-04-14T12:00:00.000Z';
type Paid = CloseLinkPlan['paid'][number];
const paid = (over: Partial<Paid> = {}): Paid => ({
  sessionId: 'cs_1',
  paymentId: 'pi_1',
  state: 'succeeded',
  amount: { amountMinor: 5_500, currency: 'usd' },
  at: NOON,
  ...over,
});
const plan = (over: Partial<CloseLinkPlan> = {}): CloseLinkPlan => ({
  hash: '0'.repeat(26),
  linkId: 'plink_1',
  active: true,
  amount: { amountMinor: 5_500, currency: 'usd' },
  productNames: ['Spring fee'],
  namesOrderId: null,
  order: {
    orderId: '81',
    familyId: 'fam_7',
    productId: 'utah',
    standing: { status: 'paid', due: money(5_500), net: money(5_500) },
    madeAt: NOON,
  },
  paid: [],
  paidMore: false,
  open: 0,
  ...over,
});
const row = (name: string, of: CloseLinkPlan): string | undefined =>
  tableOf(of)
    .split('\n')
    .find((line) => line.startsWith(`  ${name} `))
    ?.slice(14);

describe('a link, before it is closed', () => {
  it('is told with the order that carries it, and its family by id', () => {
    expect(tableOf(plan()).split('\n')).toEqual([
      'The link plink_1',
      '  at Stripe   can be paid',
      '  for         Spring fee',
      '  amount      $55.00',
      expect.stringMatching(/^ {2}made {8}\S/),
      '  names       no order',
      '  carried by  order 81 of family fam_7, utah',
      '  the order   paid (received $55.00 of $55.00)',
      '  paid by it  nothing',
      '  open now    nobody has it open',
    ]);
    expect(meaningOf(plan())).toEqual([
      expect.stringContaining('Family fam_7 loses nothing: order 81 is not to be paid by it.'),
    ]);
    const standing = { status: 'pending', due: money(5_500), net: money(0) } as const;
    const owed = { orderId: '81', familyId: 'fam_7', productId: 'utah', standing, madeAt: NOON };
    expect(meaningOf(plan({ order: owed }))).toEqual([
      expect.stringContaining('Order 81 is owed, but not by this link: family fam_7 pays by the link'),
    ]);
  });

  it('is told with who has paid by it, the first few by their ids, in whatever currency', () => {
    expect(row('paid by it', plan({ paid: [paid()] }))).toBe('once: $55.00 on 2026-04-14 (pi_1)');
    const many = [
      paid({ state: 'processing' }),
      paid({ state: 'failed', paymentId: null, amount: null }),
      ...Array.from({ length: 4 }, () => paid({ amount: { amountMinor: 100, currency: 'xag' } })),
    ];
    expect(row('paid by it', plan({ paid: many, paidMore: true }))).toBe(
      `at least 6 times: $55.00 on 2026-04-14 on its way from a bank (pi_1), on 2026-04-14 which failed (cs_1)${', 100 of the smallest unit of XAG on 2026-04-14 (pi_1)'.repeat(3)}, …`,
    );
    expect(meaningOf(plan({ paid: many, open: 2 })).slice(1)).toEqual([
      'Somebody has it open: 2 pages would end, unless they are paid by then.',
      'A bank payment by it is on its way. It still arrives, and is kept.',
      'What was paid by it stays as it is: nothing is given back.',
    ]);
  });

  it('is told when it is switched off, has no fixed amount, and belongs to no order', () => {
    const odd = plan({ active: false, amount: null, productNames: [], order: null, namesOrderId: 'ord_9' });
    expect([row('at Stripe', odd), row('amount', odd), row('names', odd), row('carried by', odd)]).toEqual([
      'is switched off',
      'as the payer chooses',
      'order ord_9, which is not here',
      undefined,
    ]);
    expect(meaningOf(odd)[0]).toContain('there is no order ord_9.');
  });
});
