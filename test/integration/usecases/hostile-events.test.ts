import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { ClubPaymentsError } from '../../../lib/domain/errors.ts';
import { Order, statusOf } from '../../../lib/domain/order.ts';
import { handledEventTypes } from '../../../lib/domain/payment-notice.ts';
import { Unmatched } from '../../../lib/domain/unmatched.ts';
import { fulfilPayment } from '../../../lib/usecases/fulfil-payment.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { almost } from '../../support/hostile.ts';
import { toldBy } from '../../support/log-audit.ts';
import { messageOf, startWorld, type World } from '../../support/world.ts';

let world: World;
const orders: string[] = [];

/** One order paid by card, given back and disputed; one by a debit that fails, one by a debit that does not; one visit that lapses. */
beforeAll(async () => {
  world = await startWorld();
  const { simulator } = world;
  const opened = async () => {
    const order = await world.order();
    orders.push(order.orderId);
    const surface = await mintLink({ orderId: order.orderId, read: order }, world.deps);
    return { order, page: await visitor.open(surface.url) };
  };
  const paymentOf = (orderId: string) =>
    simulator.objects.paymentIntents.find(({ metadata }) => metadata.order_id === orderId)?.id ?? '';
  const [card, debit, failing] = [await opened(), await opened(), await opened()];
  await opened();
  await visitor.payOn(card.page);
  for (const { page } of [debit, failing]) await visitor.payOn(page, { method: 'us_bank_account' });
  simulator.settleDebit(paymentOf(debit.order.orderId), 'succeeded');
  simulator.settleDebit(paymentOf(failing.order.orderId), 'failed');
  const refund = simulator.dashboardRefund(paymentOf(card.order.orderId));
  simulator.settleRefund(refund.id, 'failed');
  simulator.closeDispute(simulator.createDispute(paymentOf(debit.order.orderId)).id, 'lost');
  world.clock.advance(25 * 60 * 60 * 1000);
  await simulator.tick();
});
afterAll(() => world.stop());

describe('an event that is signed and can’t be', () => {
  it.each(handledEventTypes.filter((type) => type !== 'charge.dispute.updated'))(
    '%s: is refused as such, or leaves its order as something that can be read',
    async (type) => {
      const event = world.simulator.objects.events.find((one) => one.type === type);
      if (event === undefined) return expect.unreachable(`The simulator sent no ${type}.`);
      await fc.assert(
        fc.asyncProperty(almost(event), async (body) => {
          try {
            await fulfilPayment({ ...messageOf(event), body: JSON.stringify(body) }, world.deps);
          } catch (error) {
            // Not what V8 or the SDK says of it.
            expect(error).toBeInstanceOf(ClubPaymentsError);
          }
          for (const orderId of orders) {
            const order = await world.mustGet(orderId);
            expect(v.safeParse(Order, order).issues).toBeUndefined();
            expect(() => statusOf(order)).not.toThrow();
          }
          const { items } = await world.orders.pageOfUnmatched({ limit: 1_000 });
          for (const item of items) expect(v.safeParse(Unmatched, item).issues).toBeUndefined();
        }),
        { numRuns: 100 },
      );
      expect(world.logged.flatMap((line) => toldBy(JSON.stringify(line)))).toEqual([]);
    },
  );
});
