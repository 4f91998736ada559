import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { FunctionName } from '../../infra/functions.ts';
import type { StripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { type VisitedPage, visitor } from '../../infra/local/stripe/visitor.ts';
import { netOf, type Order, type OrderStatus, statusOf } from '../../lib/domain/order.ts';
import { handledEventTypes } from '../../lib/domain/payment-notice.ts';
import { postSigned } from './signed-webhook.ts';
import type { TestStack } from './stack.ts';
import { stripeAt } from './stripe-client.ts';

type Event = StripeSimulator['objects']['events'][number];
type Parent = {
  stripe: StripeSimulator;
  /** One more visit to the order's link. */
  visit(): Promise<VisitedPage>;
  paymentId(): string;
};

/** What happens to an order, and as what it ends. An order is 5,500 cents. */
const stories: readonly { ends: OrderStatus; happens(parent: Parent): Promise<unknown> }[] = [
  { ends: 'paid', happens: async ({ visit }) => visitor.payOn(await visit()) },
  {
    ends: 'refunded',
    happens: async ({ visit, paymentId, stripe }) => {
      await visitor.payOn(await visit());
      for (const amountMinor of [1_000, 1_000, 1_000, 2_500])
        stripe.dashboardRefund(paymentId(), { amountMinor });
    },
  },
  {
    ends: 'paid',
    happens: async ({ visit, paymentId, stripe }) => {
      await visitor.payOn(await visit(), { method: 'us_bank_account' });
      stripe.settleDebit(paymentId(), 'succeeded');
    },
  },
  {
    ends: 'pending',
    happens: async ({ visit, paymentId, stripe }) => {
      await visitor.payOn(await visit(), { method: 'us_bank_account' });
      stripe.settleDebit(paymentId(), 'failed');
    },
  },
  {
    ends: 'processing',
    happens: async ({ visit }) => visitor.payOn(await visit(), { method: 'us_bank_account' }),
  },
  {
    ends: 'refunded',
    happens: async ({ visit, paymentId, stripe }) => {
      await visitor.payOn(await visit());
      stripe.closeDispute(stripe.createDispute(paymentId()).id, 'lost');
    },
  },
  {
    // Given back in part, and the bank sends it back again.
    ends: 'paid',
    happens: async ({ visit, paymentId, stripe }) => {
      await visitor.payOn(await visit());
      stripe.settleRefund(stripe.dashboardRefund(paymentId(), { amountMinor: 1_000 }).id, 'failed');
    },
  },
  {
    // The first page lapses, a second one is paid.
    ends: 'paid',
    happens: async ({ visit, stripe }) => {
      const { sessionId } = await visit();
      await stripeAt(stripe).checkout.sessions.expire(sessionId ?? '');
      await visitor.payOn(await visit());
    },
  },
];

/** What is not let go then ends the process, instead of waiting for V8 to need the room. */
export const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=64' };

export type Burst = { orders: Map<string, OrderStatus>; events: Event[] };

/** Orders whose parents did at Stripe what they did, until that makes so many events; nobody has been told of them. */
export const untoldEvents = async (test: TestStack, atLeast: number): Promise<Burst> => {
  const { stripe } = test.stack;
  stripe.webhooks.pause();
  const before = stripe.objects.events.length;
  const asked: ReadonlySet<string> = new Set(handledEventTypes);
  /** Those that the endpoint is registered for. */
  const news = () => stripe.objects.events.slice(before).filter(({ type }) => asked.has(type));
  const orders: Burst['orders'] = new Map();
  let next = 0;
  const live = async (): Promise<void> => {
    while (news().length < atLeast) {
      const story = stories[next++ % stories.length];
      const order = await test.order();
      const answer = await fetch(test.payUrl(order), { redirect: 'manual' });
      const paymentId = () =>
        stripe.objects.paymentIntents.find(({ metadata }) => metadata.order_id === order.orderId)?.id ?? '';
      const visit = () => visitor.open(answer.headers.get('location') ?? '');
      await story?.happens({ stripe, paymentId, visit });
      orders.set(order.orderId, story?.ends ?? 'pending');
    }
  };
  await Promise.all([live(), live(), live()]);
  await stripe.tick();
  return { orders, events: news() };
};

/**
 * Sends them all as Stripe does, many at the same moment, in a sequence drawn by the seed; what is not taken is sent
 * again, five times at most. Resolves to how many were taken.
 */
export const sendAll = async (
  test: TestStack,
  events: readonly Event[],
  { seed, atOnce = 50 }: { seed: number; atOnce?: number },
): Promise<number> => {
  const waiting = shuffled(events, seed);
  const tries = new Map<string, number>();
  let taken = 0;
  const send = async (): Promise<void> => {
    for (let event = waiting.pop(); event !== undefined; event = waiting.pop()) {
      if ((await postSigned(test.stack, event)) === 200) {
        taken += 1;
        continue;
      }
      const tried = (tries.get(event.id) ?? 0) + 1;
      tries.set(event.id, tried);
      if (tried < 5) waiting.unshift(event);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return taken;
};

/** What is not as it should be; nothing, when all is well. */
export const faultsOf = async (test: TestStack, burst: Burst): Promise<string[]> => {
  const { orders, events } = burst;
  const faults: string[] = [];
  let netMinor = 0;
  for (const order of await ordersOf(test, burst)) {
    const { orderId } = order;
    const ends = orders.get(orderId);
    netMinor += netOf(order).amountMinor;
    if (statusOf(order) !== ends) faults.push(`${orderId} is ${statusOf(order)}, and should be ${ends}`);
  }
  const held = heldAtStripe(test, orders);
  if (netMinor !== held) faults.push(`orders know of ${netMinor} cents, and Stripe holds ${held}`);
  const told = test.stack.logs
    .lines('fulfil-payment')
    .map(({ line }) => line)
    .join('\n');
  // A visit that lapsed is told by its session.
  const unheard = events.filter(
    ({ id, data }) => !told.includes(`"${id}"`) && !told.includes(`"${(data.object as { id: string }).id}"`),
  );
  if (unheard.length > 0) faults.push(`${unheard.length} events were lost, such as ${unheard[0]?.type}`);
  for (const queue of ['events', 'events-dead-letters', 'retire-dead-letters']) {
    const { messages } = await test.stack.queue(queue);
    if (messages.length > 0) faults.push(`${messages.length} messages are left in ${queue}`);
  }
  return faults;
};

/** Payments of these orders less what was given back or lost, by Stripe's own books. */
const heldAtStripe = ({ stack }: TestStack, orders: Burst['orders']): number => {
  const { paymentIntents, refunds, disputes } = stack.stripe.objects;
  const ours = new Set(
    paymentIntents.filter(({ metadata }) => orders.has(metadata.order_id ?? '')).map(({ id }) => id),
  );
  const sum = (all: readonly { amount: number; status: string | null }[], status: string): number =>
    all.filter((one) => one.status === status).reduce((total, { amount }) => total + amount, 0);
  const of = <T extends { payment_intent: unknown }>(all: readonly T[]): T[] =>
    all.filter(({ payment_intent }) => ours.has(String(payment_intent)));
  return (
    sum(
      paymentIntents.filter(({ id }) => ours.has(id)),
      'succeeded',
    ) -
    sum(of(refunds), 'succeeded') -
    sum(of(disputes), 'lost')
  );
};

export const ordersOf = async (test: TestStack, { orders }: Burst): Promise<Order[]> =>
  (await test.orders.getMany([...orders.keys()])).sort((a, b) => (a.orderId < b.orderId ? -1 : 1));

/** The most that any process of a function has had in memory, in MB. */
export const peakMb = ({ stack }: TestStack, name: FunctionName): number =>
  Math.max(0, ...stack.pids(name).map(peakKb)) / 1_024;

/** Linux keeps the peak; elsewhere it is what the process has now. */
const peakKb = (pid: number): number => {
  if (process.platform === 'linux') {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
};

/** Fisher and Yates, with the numbers of a linear congruential generator. */
const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  const all = [...items];
  let state = seed >>> 0;
  for (let i = all.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = state % (i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
};
