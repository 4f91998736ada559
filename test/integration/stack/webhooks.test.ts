import Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { type Order, statusOf } from '../../../lib/domain/order.ts';
import { handledEventTypes } from '../../../lib/domain/payment-notice.ts';
import { MAX_WEBHOOK_BYTES } from '../../../lib/usecases/receive-webhook.ts';
import { metricsIn } from '../../support/metrics.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());
beforeEach(() => test.forget());
afterEach(() => {
  test.stack.faults.clear();
  test.stack.stripe.faults.clear();
});

const openPage = async (order: Order) => {
  const answer = await fetch(test.payUrl(order), { redirect: 'manual' });
  return visitor.open(answer.headers.get('location') ?? '');
};
const status = async (order: Order) => statusOf(await test.mustGet(order.orderId));

describe('a payment, from the page to the books', () => {
  it('costs one message in, one read and one write, then one message out, Stripe’s calls and one clearing write', async () => {
    const order = await test.order();
    const page = await openPage(order);
    await test.stack.settled();
    test.forget();
    await visitor.payOn(page);
    await test.stack.settled();
    expect(await status(order)).toBe('paid');
    const withoutSecrets = (name: string) =>
      test.callsOf(name).filter((call) => !call.startsWith('secretsmanager'));
    expect(withoutSecrets('stripe-webhook')).toEqual(['sqs SendMessage events']);
    expect(withoutSecrets('fulfil-payment')).toEqual([
      'dynamodb GetItem Orders',
      'dynamodb UpdateItem Orders',
      'sqs SendMessage retire',
    ]);
    expect(withoutSecrets('retire-link')).toEqual(['dynamodb GetItem Orders', 'dynamodb UpdateItem Orders']);
    const surfaceId = (await test.mustGet(order.orderId)).surfaces[0]?.stripeId;
    expect(test.stripeCalls()).toEqual([`POST /v1/payment_links/${surfaceId}`, 'GET /v1/checkout/sessions']);
    expect((await test.mustGet(order.orderId)).dueWork).toEqual({});
  });

  it('comes back to a page that says it is on its way, and then that it is paid', async () => {
    const order = await test.order();
    const page = await openPage(order);
    test.stack.stripe.webhooks.pause();
    const { leavesTo } = await visitor.payOn(page);
    expect(leavesTo).toContain(test.payUrl(order));
    expect(leavesTo).toContain('session=cs_');
    const back = await fetch(leavesTo ?? '', { redirect: 'manual' });
    expect(back.status).toBe(200);
    expect(Number(back.headers.get('refresh'))).toBeGreaterThan(0);
    test.stack.stripe.webhooks.resume();
    await test.stack.settled();
    expect(await (await fetch(leavesTo ?? '', { redirect: 'manual' })).text()).toContain('Already paid');
  });

  it('each handled event type makes its signed way from Stripe to the order', async () => {
    const { stripe } = test.stack;
    test.stack.logs.clear();
    const [paid, debited, failed, lapsed] = await Promise.all([
      test.order(),
      test.order(),
      test.order(),
      test.order(),
    ]);
    await visitor.payOn(await openPage(paid));
    await visitor.payOn(await openPage(debited), { method: 'us_bank_account' });
    await visitor.payOn(await openPage(failed), { method: 'us_bank_account' });
    await openPage(lapsed);
    await test.stack.settled();
    expect(await Promise.all([paid, debited, failed, lapsed].map(status))).toEqual([
      'paid',
      'processing',
      'processing',
      'pending',
    ]);
    const paymentOf = (order: Order) =>
      stripe.objects.paymentIntents.find(({ metadata }) => metadata.order_id === order.orderId)?.id ?? '';
    stripe.settleDebit(paymentOf(debited), 'succeeded');
    stripe.settleDebit(paymentOf(failed), 'failed');
    await test.stack.settled();
    expect(await Promise.all([debited, failed].map(status))).toEqual(['paid', 'pending']);

    const refund = stripe.dashboardRefund(paymentOf(paid));
    await test.stack.settled();
    expect(await status(paid)).toBe('refunded');
    stripe.settleRefund(refund.id, 'failed');
    const dispute = stripe.createDispute(paymentOf(debited));
    await test.stack.settled();
    expect(await status(paid)).toBe('paid');
    expect(Object.keys((await test.mustGet(debited.orderId)).dueWork)).toContain(
      `attention:dispute:${dispute.id}`,
    );
    stripe.closeDispute(dispute.id, 'lost');
    await test.stack.clock.advance(25 * 60 * 60 * 1000);
    await test.stack.settled();
    expect(await status(debited)).toBe('refunded');

    const delivered = new Set(
      stripe.webhooks.attempts
        .filter((attempt) => attempt.status === 200)
        .map((attempt) => attempt.eventType),
    );
    expect([...delivered].sort()).toEqual(
      [...handledEventTypes].filter((type) => type !== 'charge.dispute.updated').sort(),
    );
    expect(metricsIn(test.stack)).toMatchObject({
      'club-payments-dev Minted': 4,
      // Not once more for the one whose refund failed.
      'club-payments-dev Paid': 2,
      'club-payments-dev PaidMinorUnits Currency=usd': 2 * 5_500,
      'club-payments-dev ExpiredVisits Category=tournament': 1,
      'club-payments-dev ExpiredVisitsUnpaid': 1,
      'club-payments-dev AttentionItems Reason=dispute': 1,
      'club-payments-dev AttentionItems Reason=refund_failed': 1,
    });
    expect((await test.stack.queue('events-dead-letters')).visible).toBe(0);
  });
});

describe('the webhook’s door', () => {
  const send = (body: string, signature?: string) =>
    fetch(test.stack.webhookUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(signature === undefined ? {} : { 'stripe-signature': signature }),
      },
      body,
    });
  const secret = () =>
    JSON.parse(test.stack.secrets.get(test.stack.secretId('StripeWebhook')) ?? '[]')[0] as string;
  const sign = (payload: string, { at = Math.floor(test.stack.clock.now() / 1000), key = secret() } = {}) =>
    Stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp: at });
  const event = (over = {}) =>
    JSON.stringify({
      id: 'evt_1',
      object: 'event',
      type: 'customer.created',
      created: 1,
      livemode: false,
      data: { object: { id: 'cus_1' } },
      ...over,
    });
  const queued = () => test.stack.calls.count({ functionName: 'stripe-webhook', service: 'sqs' });
  const seconds = () => Math.floor(test.stack.clock.now() / 1000);

  it('lets a signed event in', async () => {
    expect((await send(event(), sign(event()))).status).toBe(200);
    expect(queued()).toBe(1);
  });

  it.each<[string, () => [string, string | undefined]]>([
    ['unsigned', () => [event(), undefined]],
    ['signed with another secret', () => [event(), sign(event(), { key: 'whsec_other' })]],
    ['changed after it was signed', () => [event({ id: 'evt_2' }), sign(event())]],
    ['signed 301 seconds ago', () => [event(), sign(event(), { at: seconds() - 301 })]],
    ['signed in the future', () => [event(), sign(event(), { at: seconds() + 600 })]],
    ['no JSON', () => ['hello', sign('hello')]],
    ['JSON, but no event', () => ['[1]', sign('[1]')]],
    [
      'too large',
      () => [
        event({ padding: 'x'.repeat(MAX_WEBHOOK_BYTES) }),
        sign(event({ padding: 'x'.repeat(MAX_WEBHOOK_BYTES) })),
      ],
    ],
    ['empty', () => ['', sign('')]],
  ])('refuses what is %s with a 400, and queues nothing', async (_, made) => {
    const [body, signature] = made();
    const answer = await send(body, signature);
    expect(answer.status).toBe(400);
    expect(queued()).toBe(0);
    expect(await answer.text()).not.toContain('whsec_');
  });

  it('counts what does not fit its signature, and what is of another version than this release reads', async () => {
    test.stack.logs.clear();
    await send(event(), sign(event(), { key: 'whsec_other' }));
    await send(event(), undefined);
    const [ours, older] = [Stripe.API_VERSION, '2020-08-27'].map((version) =>
      event({ api_version: version }),
    );
    for (const payload of [ours ?? '', older ?? '']) await send(payload, sign(payload));
    expect(metricsIn(test.stack)).toEqual({
      'club-payments-dev WebhooksRefused': 1,
      'club-payments-dev WebhooksOfOtherVersion': 1,
    });
    expect(queued()).toBe(2);
  });

  it('takes a signature that is 290 seconds old', async () => {
    expect((await send(event(), sign(event(), { at: seconds() - 290 }))).status).toBe(200);
  });

  it('says 5xx when the queue is down, so that Stripe sends it again', async () => {
    test.stack.faults.inject(
      'before',
      { functionName: 'stripe-webhook', service: 'sqs' },
      { kind: 'status', status: 500 },
    );
    expect((await send(event(), sign(event()))).status).toBeGreaterThanOrEqual(500);
    test.stack.faults.clear();
    expect((await send(event(), sign(event()))).status).toBe(200);
  });

  it('accepts both secrets during a rotation', async () => {
    const id = test.stack.secretId('StripeWebhook');
    const before = test.stack.secrets.get(id) ?? '';
    test.stack.secrets.put(id, JSON.stringify(['whsec_next', secret()]));
    await test.stack.crash('stripe-webhook');
    expect((await send(event(), sign(event(), { key: 'whsec_next' }))).status).toBe(200);
    expect((await send(event(), sign(event(), { key: JSON.parse(before)[0] }))).status).toBe(200);
    test.stack.secrets.put(id, before);
    await test.stack.crash('stripe-webhook');
  });
});
