import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalStack, startLocalStack } from '../../../infra/local/runner.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import { anOrder } from '../../support/orders.ts';
import { storesOf } from '../support/local-stores.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

let stack: LocalStack;
let stores: ReturnType<typeof storesOf>;
beforeAll(async () => {
  stack = await startLocalStack({ stage: 'test', epochMs: Date.parse('2026-04-14T12:00:00Z') });
  stores = storesOf(stack);
  await stores.roster.putProduct({
    productId: 'utah',
    category: 'tournament',
    name: 'Utah Invitational',
    description: null,
    stripeProductId: null,
    laterCharges: null,
    price: null,
  });
  await stores.roster.putFamily({ familyId: 'fam_1', language: 'en', parents: [] });
  await stores.roster.putPlayer({
    playerId: 'ply_1',
    familyId: 'fam_1',
    name: 'Sam',
    contract: { state: 'signed', signUrl: null },
  });
});
afterAll(async () => {
  stores?.close();
  await stack?.stop();
});
beforeEach(() => {
  stack.calls.clear();
  stack.faults.clear();
  stack.stripe.clearRequests();
});

const owe = async (orderId: string): Promise<string> => {
  await stores.orders.create(anOrder({ orderId }));
  return `${stack.apiUrl}/pay/${stores.tokenFor(orderId)}`;
};
const click = (url: string) => fetch(url, { redirect: 'manual' });

describe('the real template with the real bundles', () => {
  it('takes a parent from the mailed link to a paid order', async () => {
    const payUrl = await owe('ord_paid');
    const answer = await click(payUrl);
    expect(answer.status).toBe(303);
    const linkUrl = answer.headers.get('location') ?? '';
    expect(linkUrl).toContain(stack.stripe.url);

    const page = await visitor.pay(linkUrl);
    expect(page.leavesTo).toContain(payUrl);
    await stack.settled();

    const order = await stores.orders.get('ord_paid');
    expect(order && statusOf(order)).toBe('paid');
    expect((await click(payUrl)).status).toBe(200);
    expect(stack.stripe.webhooks.attempts.every(({ status }) => status === 200)).toBe(true);
  });

  it('shows by the call log that a second click costs one read of the order and no call to Stripe', async () => {
    const payUrl = await owe('ord_twice');
    const first = await click(payUrl);
    await stack.settled();
    stack.calls.clear();
    stack.stripe.clearRequests();

    const second = await click(payUrl);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(stack.calls.all({ functionName: 'first-payment' })).toMatchObject([
      { service: 'dynamodb', action: 'GetItem', resource: 'Orders' },
    ]);
    expect(stack.stripe.requests).toEqual([]);
  });

  it('still works a month later', async () => {
    const payUrl = await owe('ord_month');
    await stack.clock.advance(30 * DAY_MS, { tickEveryMs: 5 * DAY_MS });
    expect((await click(payUrl)).status).toBe(303);
    expect(stack.invocations.all('tick').length).toBeGreaterThanOrEqual(6);
    expect(stack.invocations.all().filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it('lets a test take DynamoDB away and give it back', async () => {
    const payUrl = await owe('ord_down');
    const down = stack.faults.inject(
      'before',
      { service: 'dynamodb', functionName: 'first-payment' },
      { kind: 'reset' },
    );
    expect((await click(payUrl)).status).toBe(503);
    down.remove();
    expect((await click(payUrl)).status).toBe(303);
  });

  it('delivers a payment whose worker dies with the write done and not confirmed', async () => {
    const payUrl = await owe('ord_crash');
    const crash = stack.faults.inject(
      'after',
      { functionName: 'fulfil-payment', service: 'dynamodb', action: 'UpdateItem' },
      { kind: 'crash' },
      1,
    );
    await visitor.pay((await click(payUrl)).headers.get('location') ?? '');
    await stack.settled();
    expect(crash.hits()).toBe(1);
    const order = await stores.orders.get('ord_crash');
    expect(order && statusOf(order)).toBe('paid');
  });

  it('refuses a webhook that Stripe did not sign', async () => {
    const response = await fetch(stack.webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': 't=1,v1=00' },
      body: '{}',
    });
    expect(response.status).toBe(400);
  });
});
