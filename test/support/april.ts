import * as incident from '../../infra/local/seed/incident.ts';
import { openSession } from '../../infra/local/seed/older-system.ts';
import { readLegacy, seedRoster } from '../../infra/local/seed/write.ts';
import { visitor } from '../../infra/local/stripe/visitor.ts';
import type { Orders, Roster } from '../../lib/ports.ts';
import { importLegacy } from './legacy.ts';
import { stripeAt } from './stripe-client.ts';

type Place = {
  simulator: { apiKey: string; host: string; port: number; tick(): Promise<unknown> };
  orders: Orders;
  roster: Roster;
  clock: { now(): number; goTo(ms: number): Promise<unknown> };
};

const HOUR_MS = 60 * 60 * 1000;

/** The April mailing as it happened, and imported some days later: sessions made, five paid within the day, the others expired. */
export const aprilHappened = async (
  { simulator, orders, roster, clock }: Place,
  { daysLater }: { daysLater: number },
): Promise<void> => {
  await clock.goTo(incident.MAILED_AT);
  const stripe = stripeAt(simulator);
  const mail = async (all: readonly incident.SeedOrder[]) => {
    const mailed = [];
    for (const order of all) {
      const product = incident.products.find(({ productId }) => productId === order.productId);
      if (product === undefined) throw new Error(order.productId);
      mailed.push({ order, ...(await openSession(order, product, stripe)) });
    }
    return mailed;
  };
  const mailed = await mail([...incident.tournamentOrders, ...incident.monthlyOrders]);
  const canceledTries = await mail(incident.canceledRetries);
  for (const { order, url } of mailed.filter(({ order }) => order.openedAfterHours < 24)) {
    await clock.goTo(incident.MAILED_AT + order.openedAfterHours * HOUR_MS);
    await visitor.pay(url);
  }
  await clock.goTo(incident.MAILED_AT + daysLater * 24 * HOUR_MS);
  await simulator.tick();
  await seedRoster(incident, { roster });
  const legacy = await readLegacy({ mailed, canceledTries }, { stripe });
  await importLegacy({ orders: legacy }, { orders, roster, now: new Date(clock.now()).toISOString() });
};
