import { money } from '../../lib/domain/money.ts';
import type { Order } from '../../lib/domain/order.ts';
import { newOrder } from '../../lib/domain/order-changes.ts';
import { parseTokenKeys } from '../../lib/domain/pay-token.ts';
import type { Product } from '../../lib/domain/roster.ts';
import type { BlastTicket, Books, Clock, RetireMessage, Stripe } from '../../lib/ports.ts';
import { keptLog } from './kept-log.ts';
import { memoryBlasts } from './memory/blasts.ts';
import { countedIds } from './memory/ids.ts';
import { memoryMailer } from './memory/mailer.ts';
import { memoryOrders } from './memory/orders.ts';
import { memoryPace } from './memory/pace.ts';
import { memoryPlans } from './memory/plans.ts';
import { memoryPreviews } from './memory/previews.ts';
import { memoryQueue } from './memory/queue.ts';
import { memoryRoster } from './memory/roster.ts';
import { reconciledToday } from './memory/runs.ts';
import { memorySchedules } from './memory/schedules.ts';

/**
 * A club with one product, all of it in memory, for what is done over and over again: with a process that dies at each
 * call. The comparison of the day has always been made.
 */
export const clubInMemory = async <C extends Clock>(given: {
  clock: C;
  category: Product['category'];
  stripe?: Stripe;
  books?: Books;
  mailer?: ReturnType<typeof memoryMailer>;
}) => {
  // Where none is given, the category asks Stripe for nothing.
  const { clock, category, stripe = {} as Stripe, books = {} as Books, mailer = memoryMailer() } = given;
  const keys = parseTokenKeys(JSON.stringify({ signWith: 'k1', k1: 'k'.repeat(64) }));
  const club = { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' };
  const deps = {
    clock,
    log: keptLog,
    newId: countedIds(),
    orders: memoryOrders(),
    roster: memoryRoster(),
    blasts: memoryBlasts(),
    plans: memoryPlans(),
    previews: memoryPreviews(),
    schedules: memorySchedules(),
    pace: memoryPace(),
    runs: reconciledToday(clock, club.timeZone),
    stripe,
    opsStripe: stripe,
    books,
    mailer,
    blastQueue: memoryQueue<BlastTicket>(clock),
    retireQueue: memoryQueue<RetireMessage>(clock),
    tokens: { keys: async () => keys },
    club,
    site: { baseUrl: 'https://pay.club.example', system: 'club-payments/test', livemode: false },
  };
  const productId = 'utah';
  const unsaid = { description: null, stripeProductId: null, laterCharges: null, price: null };
  await deps.roster.putProduct({ productId, category, name: 'Utah Invitational', ...unsaid });

  /** Of a family of its own, with one address. */
  const order = async (orderId: string, lived: (order: Order) => Order = (bare) => bare): Promise<void> => {
    await deps.roster.putFamily({
      familyId: orderId,
      language: 'en',
      parents: [{ parentId: '1', name: 'Pat', addresses: [`${orderId}@family.example`] }],
    });
    const owed = { amount: money(5_500), period: null, payBy: null, closesAt: null, test: false };
    const bare = { orderId, productId, category, playerId: orderId, familyId: orderId, ...owed };
    await deps.orders.create(lived(newOrder(bare, clock.now())));
  };
  return { deps, order };
};
