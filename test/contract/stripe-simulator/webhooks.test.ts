import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import {
  DAY_MS,
  HOUR_MS,
  linkParams,
  MINUTE_MS,
  type Receiver,
  receiveWebhooks,
  refusalOf,
  STARTS_AT_MS,
  simulate,
} from './harness.ts';

const SESSION_EVENTS = [
  'checkout.session.completed',
  'checkout.session.expired',
] as const satisfies Stripe.WebhookEndpointCreateParams.EnabledEvent[];

async function listening(
  events: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = [...SESSION_EVENTS],
  receiverOf: () => Promise<Receiver> = receiveWebhooks,
) {
  const harness = await simulate();
  const receiver = await receiverOf();
  const endpoint = await harness.stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: events,
  });
  const payOnce = async () => {
    const link = await harness.stripe.paymentLinks.create(linkParams());
    await visitor.pay(link.url);
  };
  return { ...harness, receiver, endpoint, payOnce };
}

describe('a webhook', () => {
  test('is signed so that the real client accepts it, and nothing that was changed', async () => {
    const { stripe, simulator, receiver, endpoint, payOnce } = await listening();
    await payOnce();
    await simulator.webhooks.idle();
    const [delivery] = receiver.received;
    const verify = (raw: string, secret: string) =>
      stripe.webhooks.constructEvent(raw, delivery?.signature ?? '', secret, 300, undefined, STARTS_AT_MS);

    expect(verify(delivery?.raw ?? '', endpoint.secret ?? '')).toMatchObject({
      object: 'event',
      type: 'checkout.session.completed',
      api_version: '2026-10-28.endive',
      livemode: false,
      data: { object: { object: 'checkout.session', status: 'complete', metadata: { order_id: 'ord_1' } } },
    });
    expect(() => verify(delivery?.raw.replace('ord_1', 'ord_2') ?? '', endpoint.secret ?? '')).toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );
    expect(() => verify(delivery?.raw ?? '', 'whsec_other')).toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    );
  });

  test('brings only the types that its endpoint asked for, with the state of that moment', async () => {
    const { simulator, receiver, payOnce, advance } = await listening([
      'payment_intent.created',
      'payment_intent.succeeded',
    ]);
    await payOnce();
    await advance(DAY_MS);
    await simulator.webhooks.idle();

    expect(receiver.received.map(({ event }) => event.data.object)).toMatchObject([
      { status: 'requires_payment_method' },
      { status: 'succeeded' },
    ]);
  });

  test('names the API request that caused it, and none when time did', async () => {
    const { stripe, receiver, simulator, advance } = await listening(['*']);
    const link = await stripe.paymentLinks.create(linkParams(), { idempotencyKey: 'k1' });
    await visitor.open(link.url);
    await advance(DAY_MS);
    await simulator.webhooks.idle();

    const request = (type: string) =>
      receiver.received.find(({ event }) => event.type === type)?.event.request;
    expect(request('payment_link.created')).toEqual({
      id: link.lastResponse.requestId,
      idempotency_key: 'k1',
    });
    expect(request('checkout.session.expired')).toEqual({ id: null, idempotency_key: null });
  });

  test('is repeated with growing pauses until the endpoint says yes', async () => {
    const { simulator, receiver, payOnce, advance } = await listening();
    let failing = true;
    receiver.answerWith(() => (failing ? 500 : 204));
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(1);

    await advance(5 * MINUTE_MS - 1);
    expect(receiver.received).toHaveLength(1);
    await advance(1);
    expect(receiver.received).toHaveLength(2);
    await advance(5 * MINUTE_MS);
    expect(receiver.received).toHaveLength(2);
    failing = false;
    await advance(30 * MINUTE_MS);
    await advance(DAY_MS);

    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
    expect(simulator.webhooks.attempts).toMatchObject([
      { attempt: 1, status: 500, delivered: false },
      { attempt: 2, status: 500, delivered: false },
      { attempt: 3, status: 204, delivered: true },
    ]);
  });

  test('is given up after three days, and can be sent again by hand', async () => {
    const { simulator, receiver, payOnce, advance } = await listening(['checkout.session.completed']);
    receiver.answerWith(() => 503);
    await payOnce();
    for (let hours = 0; hours < 5 * 24; hours += 1) await advance(HOUR_MS);
    const tried = receiver.received.length;
    const lastTry = simulator.webhooks.attempts.at(-1);

    expect(tried).toBeGreaterThan(5);
    expect((lastTry?.atMs ?? 0) - STARTS_AT_MS).toBeLessThanOrEqual(3 * DAY_MS);
    expect(simulator.webhooks.queued).toBe(0);

    receiver.answerWith(() => 200);
    await simulator.webhooks.redeliver(lastTry?.eventId ?? '');
    expect(receiver.received).toHaveLength(tried + 1);
    expect(simulator.webhooks.attempts.at(-1)).toMatchObject({ delivered: true });
  });

  test('fails when nobody listens, and arrives when somebody does again', async () => {
    const { simulator, receiver, payOnce, advance } = await listening();
    simulator.webhooks.loseFor(HOUR_MS);
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(0);
    expect(simulator.webhooks.attempts).toMatchObject([{ status: null, delivered: false }]);
    for (let hours = 0; hours < 4; hours += 1) await advance(HOUR_MS);
    expect(receiver.types()).toEqual(['checkout.session.completed']);
  });

  test('can be held back and let go', async () => {
    const { simulator, receiver, payOnce } = await listening();
    simulator.webhooks.pause();
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(0);
    expect(simulator.webhooks.queued).toBe(1);
    await simulator.webhooks.deliver();
    expect(receiver.received).toHaveLength(1);
    await payOnce();
    simulator.webhooks.resume();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(2);
  });

  test('can come twice, one after the other or at the same moment', async () => {
    const { simulator, receiver, payOnce } = await listening();
    simulator.webhooks.duplicateEach(3);
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(3);
    simulator.webhooks.duplicateConcurrently();
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(5);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(2);
  });

  test('can come in another order, the same for the same seed', async () => {
    const orderOf = async (seed: number | undefined) => {
      const { simulator, receiver, payOnce } = await listening(['*']);
      simulator.webhooks.pause();
      if (seed !== undefined) simulator.webhooks.reorder(seed);
      await payOnce();
      await simulator.webhooks.deliver();
      return receiver.types();
    };
    const straight = await orderOf(undefined);
    const shuffled = await orderOf(7);

    expect(straight.slice(-2)).toEqual(['checkout.session.completed', 'payment_link.updated']);
    expect(shuffled).not.toEqual(straight);
    expect([...shuffled].sort()).toEqual([...straight].sort());
    expect(await orderOf(7)).toEqual(shuffled);
  });

  test('can be lost for good', async () => {
    const { simulator, receiver, payOnce, advance, stripe } = await listening(['*']);
    simulator.webhooks.drop(({ type }) => type === 'checkout.session.completed');
    await payOnce();
    await advance(3 * DAY_MS);
    expect(receiver.types()).toContain('payment_intent.succeeded');
    expect(receiver.types()).not.toContain('checkout.session.completed');
    // Whoever reconciles still finds it.
    const events = await stripe.events.list({ type: 'checkout.session.completed', delivery_success: false });
    expect(events.data).toHaveLength(1);
  });
});

describe('a webhook endpoint', () => {
  test('shows its secret once, and can be disabled and deleted', async () => {
    const { stripe, simulator, receiver, endpoint, payOnce } = await listening();
    expect(endpoint.secret).toMatch(/^whsec_/);
    expect(await stripe.webhookEndpoints.retrieve(endpoint.id)).not.toHaveProperty('secret');
    await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
    await payOnce();
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(0);
    await stripe.webhookEndpoints.del(endpoint.id);
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(0);
    expect(await refusalOf(stripe.webhookEndpoints.retrieve(endpoint.id))).toMatchObject({ statusCode: 404 });
  });

  test('must be on this machine', async () => {
    const { stripe } = await simulate();
    const elsewhere = stripe.webhookEndpoints.create({
      url: 'https://club.example/hook',
      enabled_events: ['*'],
    });
    expect(await refusalOf(elsewhere)).toMatchObject({
      statusCode: 400,
      code: 'not_simulated',
      param: 'url',
    });
  });
});
