import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { clientOf, linkParams, refusalOf, simulate } from './harness.ts';

const CREATE_LINK = 'POST /v1/payment_links';
const KEY = { idempotencyKey: 'key' };

describe('a fault before the effect', () => {
  test.each([429, 500, 503])(
    'answers %i, leaves nothing behind, and lets the same key try again',
    async (status) => {
      const { stripe, simulator } = await simulate();
      simulator.faults.before(CREATE_LINK, { status });
      const error = await refusalOf(stripe.paymentLinks.create(linkParams(), KEY));

      expect(error.statusCode).toBe(status);
      expect(error).toBeInstanceOf(
        status === 429 ? Stripe.errors.StripeRateLimitError : Stripe.errors.StripeAPIError,
      );
      expect(simulator.objects.paymentLinks).toHaveLength(0);
      await expect(stripe.paymentLinks.create(linkParams(), KEY)).resolves.toMatchObject({ active: true });
    },
  );

  test('can cut the connection, which the real client repeats once by itself', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.before(CREATE_LINK, { status: 'reset', times: 2 });
    expect(await refusalOf(stripe.paymentLinks.create(linkParams(), KEY))).toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    );
    expect(simulator.requests).toMatchObject([
      { status: 0, answered: false },
      { status: 0, answered: false },
    ]);
    expect(simulator.objects.paymentLinks).toHaveLength(0);
  });

  test('can leave the caller without an answer', async () => {
    const { simulator } = await simulate();
    simulator.faults.before(CREATE_LINK, { status: 'timeout' });
    const impatient = clientOf(simulator, { timeout: 1_000 });
    expect(await refusalOf(impatient.paymentLinks.create(linkParams()))).toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    );
    expect(simulator.objects.paymentLinks).toHaveLength(0);
  });
});

describe('a fault after the effect', () => {
  test.each(['reset', 'timeout'] as const)(
    'loses the answer (%s): the key finds it again',
    async (status) => {
      const { stripe, simulator } = await simulate();
      simulator.faults.after(CREATE_LINK, { status, times: 2 });
      const impatient = clientOf(simulator, { timeout: 1_000 });
      expect(await refusalOf(impatient.paymentLinks.create(linkParams(), KEY))).toBeInstanceOf(
        Stripe.errors.StripeConnectionError,
      );
      expect(simulator.objects.paymentLinks).toHaveLength(1);

      simulator.faults.clear();
      const found = await stripe.paymentLinks.create(linkParams(), KEY);
      expect(found.id).toBe(simulator.objects.paymentLinks[0]?.id);
      expect(simulator.objects.paymentLinks).toHaveLength(1);
    },
  );

  test('makes a second object for a caller without a key', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.after(CREATE_LINK, { status: 'timeout' });
    const impatient = clientOf(simulator, { timeout: 1_000 });
    await refusalOf(impatient.paymentLinks.create(linkParams()));
    await stripe.paymentLinks.create(linkParams());
    expect(simulator.objects.paymentLinks).toHaveLength(2);
  });
});

describe('a fault', () => {
  test('hits the operation it names, as often as it says, when its condition holds', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    simulator.faults.before('POST /v1/payment_links/:id', {
      status: 503,
      times: 2,
      when: ({ params }) => JSON.stringify(params).includes('false'),
    });
    const deactivate = () => stripe.paymentLinks.update(link.id, { active: false });

    await stripe.paymentLinks.retrieve(link.id);
    await stripe.paymentLinks.update(link.id, { active: true });
    expect(await refusalOf(deactivate())).toMatchObject({ statusCode: 503 });
    expect(await refusalOf(deactivate())).toMatchObject({ statusCode: 503 });
    expect((await deactivate()).active).toBe(false);
  });

  test('lasts until it is cleared when it has no number', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.before('*', { status: 503, times: Number.POSITIVE_INFINITY });
    for (let i = 0; i < 5; i += 1) {
      expect(await refusalOf(stripe.balance.retrieve())).toMatchObject({ statusCode: 503 });
    }
    simulator.faults.clear();
    await expect(stripe.balance.retrieve()).resolves.toMatchObject({ object: 'balance' });
  });

  test('can be a delay alone', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.before('GET /v1/balance', { delayMs: 120 });
    const startedAt = performance.now();
    await stripe.balance.retrieve();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(110);
  });
});
