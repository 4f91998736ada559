import { describe, expect, test } from 'vitest';
import { clientOf, DAY_MS, linkParams, refusalOf, STARTS_AT, sessionParams, simulate } from './harness.ts';

const KEY = { idempotencyKey: 'mint:ord_1:1' };

describe('an idempotency key', () => {
  test('replays the first answer and makes nothing new', async () => {
    const { stripe, simulator } = await simulate();
    const first = await stripe.paymentLinks.create(linkParams(), KEY);
    const second = await stripe.paymentLinks.create(linkParams(), KEY);

    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(simulator.objects.paymentLinks).toHaveLength(1);
    expect(simulator.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/payment_links',
        idempotencyKey: KEY.idempotencyKey,
        status: 200,
        replayed: false,
      },
      { replayed: true },
    ]);
  });

  test('replays what was true then, not what is true now', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams(), KEY);
    await stripe.paymentLinks.update(link.id, { active: false });
    expect((await stripe.paymentLinks.create(linkParams(), KEY)).active).toBe(true);
  });

  test('is refused for other parameters and for another endpoint', async () => {
    const { stripe } = await simulate();
    await stripe.paymentLinks.create(linkParams(), KEY);

    for (const other of [
      stripe.paymentLinks.create(linkParams({ metadata: { order_id: 'ord_2' } }), KEY),
      stripe.checkout.sessions.create(sessionParams(), KEY),
    ]) {
      expect(await refusalOf(other)).toMatchObject({ statusCode: 400, type: 'StripeIdempotencyError' });
    }
  });

  test('replays even a 500, so that a new attempt needs a new key', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.after('POST /v1/payment_links', { status: 500 });

    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await refusalOf(stripe.paymentLinks.create(linkParams(), KEY))).toMatchObject({
        statusCode: 500,
      });
    }
    // It took effect although the answer was an error.
    expect(simulator.objects.paymentLinks).toHaveLength(1);
    await stripe.paymentLinks.create(linkParams(), { idempotencyKey: 'mint:ord_1:2' });
    expect(simulator.objects.paymentLinks).toHaveLength(2);
  });

  test('tells a client that retries not to, when the failure would only be replayed', async () => {
    const { simulator } = await simulate();
    const retrying = clientOf(simulator, { maxNetworkRetries: 2 });
    simulator.faults.after('POST /v1/payment_links', { status: 500 });
    await refusalOf(retrying.paymentLinks.create(linkParams(), KEY));
    expect(simulator.requests).toHaveLength(1);
  });

  test('is burnt by a failure that Stripe saved although nothing took effect', async () => {
    const { stripe, simulator } = await simulate();
    simulator.faults.before('POST /v1/payment_links', { status: 500, saved: true });
    await refusalOf(stripe.paymentLinks.create(linkParams(), KEY));
    expect(await refusalOf(stripe.paymentLinks.create(linkParams(), KEY))).toMatchObject({ statusCode: 500 });
    expect(simulator.objects.paymentLinks).toHaveLength(0);
  });

  test('is kept for a day and then forgotten: a retry makes a second object', async () => {
    const { stripe, simulator, advance } = await simulate();
    const first = await stripe.paymentLinks.create(linkParams(), KEY);
    await advance(DAY_MS);
    expect((await stripe.paymentLinks.create(linkParams(), KEY)).id).toBe(first.id);
    await advance(1);
    expect((await stripe.paymentLinks.create(linkParams(), KEY)).id).not.toBe(first.id);
    expect(simulator.objects.paymentLinks).toHaveLength(2);
  });

  test('is refused while its first request is under way', async () => {
    const { stripe, simulator } = await simulate();
    const arrived = Promise.withResolvers<void>();
    const when = (): boolean => {
      arrived.resolve();
      return true;
    };
    simulator.faults.before('POST /v1/payment_links', { delayMs: 1_500, when });
    const slow = stripe.paymentLinks.create(linkParams(), KEY);
    await arrived.promise;
    const early = await refusalOf(stripe.paymentLinks.create(linkParams(), KEY));

    expect(early).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect(early.headers?.['stripe-should-retry']).toBe('true');
    expect((await slow).id).toBe((await stripe.paymentLinks.create(linkParams(), KEY)).id);
    expect(simulator.objects.paymentLinks).toHaveLength(1);
  });

  test('survives a refusal of the parameters, which is not saved', async () => {
    const { stripe } = await simulate();
    await refusalOf(
      stripe.checkout.sessions.create(sessionParams({ expires_at: STARTS_AT + 2 * 86_400 }), KEY),
    );
    await expect(stripe.checkout.sessions.create(sessionParams(), KEY)).resolves.toMatchObject({
      status: 'open',
    });
  });

  test('keeps a refusal that came from execution', async () => {
    const { stripe, simulator } = await simulate();
    const charge = () =>
      stripe.paymentIntents.create(
        { amount: 500, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined' },
        KEY,
      );
    const first = await refusalOf(charge());
    const second = await refusalOf(charge());
    expect(second).toMatchObject({ statusCode: 402 });
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
    expect(simulator.objects.paymentIntents).toHaveLength(1);
  });

  test('may have 255 characters, not 256', async () => {
    const { stripe } = await simulate();
    const tooLong = stripe.paymentLinks.create(linkParams(), { idempotencyKey: 'k'.repeat(256) });
    expect(await refusalOf(tooLong)).toMatchObject({ statusCode: 400 });
    await stripe.paymentLinks.create(linkParams(), { idempotencyKey: 'k'.repeat(255) });
  });
});
