import { type StripeSimulator, startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { stripeBooks } from '../../lib/adapters/stripe/books.ts';
import { readStripeEvent } from '../../lib/adapters/stripe/events.ts';
import { stripeGateway } from '../../lib/adapters/stripe/gateway.ts';
import { webhookApiVersion } from '../../lib/adapters/stripe/signature.ts';
import { epochMs, type Instant } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { Order } from '../../lib/domain/order.ts';
import { type NewOrder, newOrder } from '../../lib/domain/order-changes.ts';
import { parseTokenKeys } from '../../lib/domain/pay-token.ts';
import type { Product } from '../../lib/domain/roster.ts';
import type { BlastTicket, RetireMessage, StripeEventMessage } from '../../lib/ports.ts';
import type { Deps } from '../../lib/usecases/deps.ts';
import { fulfilPayment } from '../../lib/usecases/fulfil-payment.ts';
import { payUrl } from '../../lib/usecases/surface-request.ts';
import { workForStripe } from '../../lib/usecases/work-for-stripe.ts';
import { keptLog } from './kept-log.ts';
import { memoryBlasts } from './memory/blasts.ts';
import { settableClock } from './memory/clock.ts';
import { countedIds } from './memory/ids.ts';
import { memoryImports } from './memory/imports.ts';
import { memoryMailer } from './memory/mailer.ts';
import { memoryOrders } from './memory/orders.ts';
import { memoryPace } from './memory/pace.ts';
import { memoryPlans } from './memory/plans.ts';
import { memoryPreviews } from './memory/previews.ts';
import { memoryQueue } from './memory/queue.ts';
import { memoryRoster } from './memory/roster.ts';
import { memoryRuns } from './memory/runs.ts';
import { memorySchedules } from './memory/schedules.ts';

/**
 * The use cases with stores in memory, and with Stripe as it is: the real gateway, over HTTP, to the simulator.
 * Nothing runs by itself; a test says when events arrive and when queues are worked on.
 */
export const startWorld = async ({
  stripeTimeoutMs = 20_000,
  ...options
}: {
  enforceLinkLimit?: boolean;
  stripeTimeoutMs?: number;
} = {}) => {
  const clock = settableClock('2026-04-14T15:00:00.000Z');
  const stripe = await startStripeSimulator({ ...options, now: () => epochMs(clock.now()) });
  const logged: { event: string; fields: Record<string, unknown> }[] = [];
  const retireQueue = memoryQueue<RetireMessage>(clock);
  const mailer = memoryMailer();
  const connection = {
    apiKey: stripe.apiKey,
    endpointUrl: stripe.url,
    timeoutMs: stripeTimeoutMs,
    maxRetries: 0,
  };
  const committedImports = new Map<string, Instant>();
  const keys = parseTokenKeys(JSON.stringify({ signWith: 'k1', k1: 'k'.repeat(64) }));
  const deps = {
    clock,
    log: (event, fields = {}) => {
      logged.push({ event, fields });
      keptLog(event, fields);
    },
    newId: countedIds(),
    orders: memoryOrders(committedImports),
    roster: memoryRoster(),
    blasts: memoryBlasts(),
    plans: memoryPlans(),
    runs: memoryRuns(),
    imports: memoryImports(committedImports),
    previews: memoryPreviews(),
    schedules: memorySchedules(),
    pace: memoryPace(),
    stripe: stripeGateway(connection),
    opsStripe: stripeGateway(connection),
    books: stripeBooks(connection),
    readEvent: readStripeEvent,
    verifySignature: async () => {},
    apiVersion: webhookApiVersion(),
    mailer,
    eventQueue: memoryQueue<StripeEventMessage>(clock),
    retireQueue,
    blastQueue: memoryQueue<BlastTicket>(clock),
    tokens: { keys: async () => keys },
    club: { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' },
    site: { baseUrl: 'https://pay.club.example', system: 'club-payments/test', livemode: false },
    legacyToken: /^[0-9a-f]{32}$/,
  } satisfies Deps;
  let handled = 0;

  return {
    ...deps,
    deps,
    simulator: stripe,
    logged,
    mails: mailer.sent,
    tokenKeys: keys,
    committedImports,

    async product(over: Partial<Product> & Pick<Product, 'category'>): Promise<Product> {
      const product: Product = {
        productId: over.category,
        name: 'Utah Invitational',
        description: null,
        stripeProductId: null,
        laterCharges: null,
        price: null,
        ...over,
      };
      await deps.roster.putProduct(product);
      return product;
    },

    /** An order with its product, player and family; the contract is signed unless told otherwise. */
    async order(
      over: Partial<NewOrder> = {},
      contract: 'signed' | 'unsigned' | 'ended' = 'signed',
    ): Promise<Order> {
      const category = over.category ?? 'tournament';
      const orderId = over.orderId ?? deps.newId('ord');
      const wanted: NewOrder = {
        orderId,
        productId: category,
        category,
        playerId: `ply_${orderId}`,
        familyId: `fam_${orderId}`,
        period: null,
        amount: money(5_500),
        payBy: '2026-05-29',
        closesAt: null,
        test: false,
        ...over,
      };
      if ((await deps.roster.product(wanted.productId)) === undefined) {
        await this.product({ category, productId: wanted.productId });
      }
      await deps.roster.putPlayer({
        playerId: wanted.playerId,
        familyId: wanted.familyId,
        name: 'Maya Alvarez',
        contract: { state: contract, signUrl: 'https://club.example/sign' },
      });
      await deps.roster.putFamily({
        familyId: wanted.familyId,
        language: 'en',
        parents: [{ parentId: '1', name: 'Alex Alvarez', addresses: [`${orderId}@family.example`] }],
      });
      const order = newOrder(wanted, clock.now());
      await deps.orders.create(order);
      return order;
    },

    tokenOf: (order: Order): string => payUrl(order, keys, deps.site).split(/[/=]/).at(-1) ?? '',

    async mustGet(orderId: string): Promise<Order> {
      const order = await deps.orders.get(orderId);
      if (order === undefined) throw new Error(`Order ${orderId} is not there.`);
      return order;
    },

    /** Hands over the simulator's events since the last time, as they come out of the queue. */
    async deliverEvents(arrange: <T>(events: T[]) => T[] = (events) => events): Promise<void> {
      await stripe.tick();
      const news = stripe.objects.events.slice(handled);
      handled += news.length;
      for (const event of arrange([...news])) await fulfilPayment(messageOf(event), deps);
    },

    /** One event, now. */
    async deliver(event: SimulatorEvent | undefined): Promise<void> {
      if (event === undefined) throw new Error('There is no such event.');
      await fulfilPayment(messageOf(event), deps);
    },

    /** As if those since the last time had never been sent. */
    async loseEvents(): Promise<void> {
      await stripe.tick();
      handled = stripe.objects.events.length;
    },

    async doWorkForStripe(): Promise<void> {
      for (const message of retireQueue.receive()) await workForStripe(message, deps);
    },

    /** The API requests since the last call, as `POST /v1/payment_links`. */
    stripeCalls(): string[] {
      const calls = stripe.requests.map(({ method, path }) => `${method} ${path}`);
      stripe.clearRequests();
      return calls;
    },

    stop: () => stripe.stop(),
  };
};

export type World = Awaited<ReturnType<typeof startWorld>>;

type SimulatorEvent = StripeSimulator['objects']['events'][number];
export const messageOf = (event: SimulatorEvent): StripeEventMessage => ({
  eventId: event.id,
  type: event.type,
  body: JSON.stringify(event),
});
