import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStripeSimulator } from '../../../infra/local/stripe/simulator.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { stripeBooks } from '../../../lib/adapters/stripe/books.ts';
import { stripeGateway } from '../../../lib/adapters/stripe/gateway.ts';
import { StripeRefused } from '../../../lib/domain/errors.ts';
import { type Exchange, type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { operationOf } from './paths.ts';
import { booksTour, calls, gatewayTour, type Known, opsTour } from './requests.ts';

/**
 * All that we ask of Stripe, by the code that asks it, of the simulator; and of Stripe's own `stripe-mock`, which holds
 * each request against Stripe's description of its API, where it runs: `npm run test:contract -- --stripe-mock <url>`.
 */
type Server = { apiKey: string; url: string; known: Known; stop(): Promise<void> };

const startSimulator = async (): Promise<Server> => {
  const simulator = await startStripeSimulator();
  const stripe = stripeAt(simulator);
  const { id: productId } = await stripe.products.create({ name: 'Utah Invitational' });
  const link = await stripe.paymentLinks.create({
    line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product: productId } }],
  });
  const paid = async () => {
    const { sessionId } = await visitor.pay(link.url);
    const { payment_intent } = await stripe.checkout.sessions.retrieve(sessionId ?? '');
    return { sessionId: sessionId ?? '', paymentId: String(payment_intent) };
  };
  const open = await visitor.open(link.url);
  const [first, second] = [await paid(), await paid()];
  const endpointUrl = 'http://127.0.0.1:9/stripe';
  const endpoint = await stripe.webhookEndpoints.create({ url: endpointUrl, enabled_events: ['*'] });
  return {
    apiKey: simulator.apiKey,
    url: simulator.url,
    known: {
      linkId: link.id,
      openSessionId: open.sessionId ?? '',
      paidSessionId: first.sessionId,
      paymentId: first.paymentId,
      refundId: simulator.dashboardRefund(first.paymentId, { amountMinor: 500 }).id,
      disputeId: simulator.createDispute(second.paymentId).id,
      productId,
      endpointId: endpoint.id,
      endpointUrl,
    },
    stop: () => simulator.stop(),
  };
};

/** It knows no state: any id names something. */
const atStripeMock = (url: string): Server => ({
  apiKey: 'sk_test_contract',
  url,
  known: {
    linkId: 'plink_1',
    openSessionId: 'cs_test_1',
    paidSessionId: 'cs_test_2',
    paymentId: 'pi_1',
    refundId: 're_1',
    disputeId: 'du_1',
    productId: 'prod_1',
    endpointId: 'we_1',
    endpointUrl: 'https://hooks.club.example/stripe',
  },
  stop: async () => {},
});

const stripeMockUrl = process.env.STRIPE_MOCK_URL;
const servers = [
  { server: 'the simulator', start: startSimulator },
  ...(stripeMockUrl === undefined
    ? []
    : [{ server: 'stripe-mock', start: async () => atStripeMock(stripeMockUrl) }]),
];

/** What comes of a request is read off the wire, where nothing is made good on the way. */
const heard = async (asking: Promise<unknown>): Promise<void> => {
  try {
    await asking;
  } catch (error) {
    if (error instanceof StripeRefused || error instanceof Stripe.errors.StripeError) return;
    throw error;
  }
};

describe.each(servers)('what we ask of Stripe, asked of $server', ({ start }) => {
  let server: Server;
  let proxy: RecordingProxy;
  let stripe: Stripe;

  beforeAll(async () => {
    server = await start();
    proxy = await startRecordingProxy(server.url);
    stripe = stripeAt({ ...proxy, apiKey: server.apiKey });
    const connection = { apiKey: server.apiKey, endpointUrl: proxy.url, timeoutMs: 20_000, maxRetries: 0 };
    const [gateway, books] = [stripeGateway(connection), stripeBooks(connection)];
    for (const ask of Object.values(gatewayTour(server.known))) await heard(ask(gateway));
    for (const ask of Object.values(booksTour(server.known))) await heard(ask(books));
    for (const ask of Object.values(opsTour(server.known))) await heard(ask(stripe));
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** A check of permissions names an object that there can't be, and is refused for that alone. */
  const isMissing = ({ answer }: Exchange): boolean =>
    JSON.stringify(answer).includes('"code":"resource_missing"');

  /** stripe-mock may be older than our package, and then does not know its version by name. The rest has to fit all the same. */
  const isAcceptedOfAnotherVersion = async ({ method, path, body, answer }: Exchange): Promise<boolean> => {
    if (!JSON.stringify(answer).includes("property 'api_version' validation failed")) return false;
    const rest = new URLSearchParams(body);
    rest.delete('api_version');
    const headers = { authorization: `Bearer ${server.apiKey}` };
    return (await fetch(server.url + path, { method, headers, body: rest })).status === 200;
  };

  test('is accepted, each request', async () => {
    const refused = [];
    for (const exchange of proxy.exchanges) {
      if (exchange.status === 200 || isMissing(exchange)) continue;
      if (!(await isAcceptedOfAnotherVersion(exchange))) refused.push(exchange);
    }
    expect(proxy.exchanges.length).toBeGreaterThan(50);
    expect(refused).toEqual([]);
  });

  test('is everything that the code can ask', () => {
    const asked = new Set(proxy.exchanges.map(operationOf));
    expect([...asked].sort()).toEqual([...new Set(Object.values(calls))].sort());
  });

  test.each<[string, () => Promise<unknown>]>([
    [
      'a link that expires',
      () =>
        stripe.paymentLinks.create({
          line_items: [{ quantity: 1, price: 'price_1' }],
          expires_at: 1_800_000_000,
        } as Stripe.PaymentLinkCreateParams),
    ],
    [
      'a session without a word for its mode',
      () => stripe.checkout.sessions.create({ mode: 'debt' as 'payment' }),
    ],
    [
      'a refund of a sum that is no number',
      () => stripe.refunds.create({ amount: 'all' as unknown as number }),
    ],
  ])('is looked at: %s is refused', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({ statusCode: 400 });
  });
});

test('each call of the stripe package in our code is among these', () => {
  const root = join(import.meta.dirname, '../../..');
  const sdk: object = stripeAt({ apiKey: 'sk_test_contract', host: '127.0.0.1', port: 9 });
  /** `stripe.` is also what our own port is called, whose methods are no calls of the package. */
  const isOfThePackage = (call: string): boolean =>
    call.includes('.') &&
    typeof call.split('.').reduce<unknown>((at, name) => Reflect.get(Object(at), name), sdk) === 'function';

  const sources = globSync(['lib/**/*.ts', 'functions/**/*.ts', 'infra/**/*.ts'], {
    cwd: root,
    exclude: (name) => name === 'infra/local',
  }).filter((file) => !file.startsWith('infra/local/'));
  const found = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\bstripe((?:\s*\.\s*\w+)+)\(/g)].map(
      ([, path = '']) => path.replaceAll(/\s/g, '').slice(1),
    ),
  );
  const offline = ['webhooks.constructEvent', 'webhooks.generateTestHeaderString'];
  const made = new Set(found.filter((call) => isOfThePackage(call) && !offline.includes(call)));
  expect([...made].sort()).toEqual(Object.keys(calls).sort());
});
