import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { newsOf } from '../../../lib/domain/order-news.ts';
import { anOrder, NOON, payment } from '../../support/orders.ts';

describe('the news of a change', () => {
  const order = anOrder();
  const paid = recordFact(order, payment(), NOON);
  const paidTwice = recordFact(paid, payment({ id: 'pi_2' }), NOON);

  it('is that money came, and how much, when the order becomes paid', () => {
    expect(newsOf(order, paid)).toEqual([
      { event: 'order.paid', fields: { orderId: order.orderId, ...money(5500) } },
    ]);
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
