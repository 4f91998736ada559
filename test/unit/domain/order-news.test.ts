import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { newsOf } from '../../../lib/domain/order-news.ts';
import { anOrder, decision, NOON, payment, refund } from '../../support/orders.ts';

describe('the news of a change', () => {
  const order = anOrder();
  const paid = recordFact(order, payment(), NOON);
  const paidTwice = recordFact(paid, payment({ id: 'pi_2' }), NOON);

  it('is that money came, and how much, when the order becomes paid', () => {
    expect(newsOf(order, paid)).toEqual([
      { event: 'order.money_came', fields: { orderId: order.orderId, ...money(5500) } },
    ]);
  });

  it('is no money that came when a second payment goes back', () => {
    const back = recordFact(paidTwice, refund({ paymentId: 'pi_2', amount: money(5_500) }), NOON);
    expect(statusOf(back)).toBe('paid');
    expect([paidTwice, back].flatMap((after, at) => newsOf([paid, paidTwice][at] ?? order, after))).toEqual([
      expect.objectContaining({ event: 'attention.item' }),
    ]);
  });

  it('is each part of what was owed when it comes, and nothing more when the order is amended to it', () => {
    const part = recordFact(order, payment({ amount: money(4_000) }), NOON);
    expect(newsOf(order, part)[0]?.fields).toMatchObject(money(4_000));
    const amended = recordFact(part, decision({ decision: 'amend', amount: money(4_000) }), NOON);
    expect([statusOf(amended), newsOf(part, amended)]).toEqual(['paid', []]);
    const rest = recordFact(part, payment({ id: 'pi_2', amount: money(2_000) }), NOON);
    expect(newsOf(part, rest)[0]?.fields).toMatchObject(money(1_500));
  });

  it('is nothing new when the same is told again', () => {
    expect(newsOf(paid, paid)).toEqual([]);
    expect(newsOf(paid, recordFact(paid, payment(), NOON))).toEqual([]);
  });

  it('is each item that a person has to decide on, once', () => {
    expect(newsOf(paid, paidTwice)).toEqual([
      {
        event: 'attention.item',
        fields: { orderId: order.orderId, reason: 'second_payment', about: 'pi_2' },
      },
    ]);
    expect(newsOf(paidTwice, paidTwice)).toEqual([]);
  });
});
