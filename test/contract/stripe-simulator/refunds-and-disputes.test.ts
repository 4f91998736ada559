import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { DAY_MS, type Harness, linkParams, refusalOf, simulate } from './harness.ts';

async function paid(cardNumber = '4242424242424242', method: 'card' | 'us_bank_account' = 'card') {
  const harness = await simulate();
  const link = await harness.stripe.paymentLinks.create(linkParams());
  await visitor.pay(link.url, { cardNumber, method });
  const paymentIntent = harness.simulator.objects.paymentIntents[0]?.id ?? '';
  return { ...harness, paymentIntent };
}

const typesOf = ({ simulator }: Harness) => simulator.objects.events.map(({ type }) => type);
const chargeOf = ({ simulator }: Harness) => simulator.objects.charges[0];

describe('a refund', () => {
  test('gives back all that is left when no amount is named', async () => {
    const harness = await paid();
    const refund = await harness.stripe.refunds.create({
      payment_intent: harness.paymentIntent,
      reason: 'duplicate',
      metadata: { order_id: 'ord_1' },
    });

    expect(refund).toMatchObject({
      amount: 5_000,
      status: 'succeeded',
      payment_intent: harness.paymentIntent,
      charge: chargeOf(harness)?.id,
      reason: 'duplicate',
      metadata: { order_id: 'ord_1' },
    });
    expect(chargeOf(harness)).toMatchObject({ amount_refunded: 5_000, refunded: true });
    expect(typesOf(harness).slice(-2).sort()).toEqual(['charge.refunded', 'refund.created']);
    // Stripe keeps its fee.
    expect(harness.simulator.objects.balance).toEqual({ usd: { availableMinor: 0, pendingMinor: -175 } });
    const again = await refusalOf(harness.stripe.refunds.create({ payment_intent: harness.paymentIntent }));
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
  });

  test('can be made in parts, and never exceeds the charge', async () => {
    const { stripe, simulator, paymentIntent } = await paid();
    await stripe.refunds.create({ payment_intent: paymentIntent, amount: 2_000 });
    expect(simulator.objects.charges[0]).toMatchObject({ amount_refunded: 2_000, refunded: false });

    const tooMuch = await refusalOf(stripe.refunds.create({ payment_intent: paymentIntent, amount: 3_001 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, param: 'amount' });
    await stripe.refunds.create({ charge: simulator.objects.charges[0]?.id ?? '', amount: 3_000 });
    expect(simulator.objects.charges[0]).toMatchObject({ amount_refunded: 5_000, refunded: true });
    const list = await stripe.refunds.list({ payment_intent: paymentIntent });
    expect(list.data.map(({ amount }) => amount)).toEqual([3_000, 2_000]);
  });

  test('of one card succeeds first and fails later, and then the money is ours again', async () => {
    const harness = await paid('4000000000005126');
    const refund = await harness.stripe.refunds.create({ payment_intent: harness.paymentIntent });
    expect(refund.status).toBe('succeeded');
    await harness.advance(3 * DAY_MS);

    expect(await harness.stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: expect.any(String),
    });
    expect(chargeOf(harness)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect(typesOf(harness)).toEqual(expect.arrayContaining(['refund.updated', 'refund.failed']));
    // What failed can be tried again.
    await harness.stripe.refunds.create({ payment_intent: harness.paymentIntent });
  });

  test('of a bank debit is pending until the bank has it', async () => {
    const harness = await paid('', 'us_bank_account');
    const early = await refusalOf(harness.stripe.refunds.create({ payment_intent: harness.paymentIntent }));
    expect(early).toMatchObject({ statusCode: 400, param: 'payment_intent' });

    await harness.advance(4 * DAY_MS);
    const refund = harness.simulator.dashboardRefund(harness.paymentIntent, { amountMinor: 1_000 });
    expect(refund).toMatchObject({ status: 'pending', amount: 1_000 });
    await harness.advance(3 * DAY_MS);
    expect((await harness.stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
  });

  test('can be canceled only while it waits for the payer', async () => {
    const { stripe, simulator, paymentIntent } = await paid();
    const refund = await stripe.refunds.create({ payment_intent: paymentIntent });
    expect(await refusalOf(stripe.refunds.cancel(refund.id))).toMatchObject({ statusCode: 400 });
    simulator.settleRefund(refund.id, 'requires_action');
    expect((await stripe.refunds.cancel(refund.id)).status).toBe('canceled');
    expect(simulator.objects.charges[0]?.amount_refunded).toBe(0);
  });

  test.each([
    ['nothing', {}, 'parameter_missing'],
    ['an unknown payment', { payment_intent: 'pi_x' }, 'resource_missing'],
    ['an unknown charge', { charge: 'ch_x' }, 'resource_missing'],
    ['no amount at all', { payment_intent: 'pi_x', amount: 0 }, 'parameter_invalid_integer'],
  ])('of %s is refused', async (_, params, code) => {
    const { stripe } = await simulate();
    expect(await refusalOf(stripe.refunds.create(params))).toMatchObject({ statusCode: 400, code });
  });
});

describe('a dispute', () => {
  test('takes the money at once and gives it back when it is won', async () => {
    const harness = await paid();
    const dispute = harness.simulator.createDispute(harness.paymentIntent, {
      reason: 'product_not_received',
    });
    expect(await harness.stripe.disputes.retrieve(dispute.id)).toMatchObject({
      amount: 5_000,
      status: 'needs_response',
      reason: 'product_not_received',
      payment_intent: harness.paymentIntent,
    });
    expect(chargeOf(harness)?.disputed).toBe(true);
    expect(harness.simulator.objects.balance).toEqual({
      usd: { availableMinor: 0, pendingMinor: -175 - 1_500 },
    });

    harness.simulator.closeDispute(dispute.id, 'won');
    expect(harness.simulator.objects.balance).toEqual({
      usd: { availableMinor: 0, pendingMinor: 5_000 - 175 - 1_500 },
    });
    expect(typesOf(harness).slice(-4)).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.funds_reinstated',
      'charge.dispute.closed',
    ]);
    expect(() => harness.simulator.closeDispute(dispute.id, 'lost')).toThrow('already closed');
  });

  test('is lost when it is closed by request, and its charge cannot be refunded', async () => {
    const { stripe, simulator, paymentIntent } = await paid();
    const dispute = simulator.createDispute(paymentIntent);
    expect(await refusalOf(stripe.refunds.create({ payment_intent: paymentIntent }))).toMatchObject({
      statusCode: 400,
      code: 'charge_disputed',
    });
    await stripe.disputes.update(dispute.id, { metadata: { order_id: 'ord_1' } });
    expect(await stripe.disputes.close(dispute.id)).toMatchObject({
      status: 'lost',
      metadata: { order_id: 'ord_1' },
    });
    expect((await stripe.disputes.list({ payment_intent: paymentIntent })).data).toHaveLength(1);
  });

  test('comes by itself with one test card', async () => {
    const { simulator } = await paid('4000000000000259');
    expect(simulator.objects.disputes).toMatchObject([{ status: 'needs_response', amount: 5_000 }]);
  });
});
