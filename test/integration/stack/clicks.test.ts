import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { payment } from '../../support/orders.ts';
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

const click = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init });

describe('a click through the HTTP API', () => {
  it('on an order without a surface mints one: one call to Stripe, two writes', async () => {
    const order = await test.order();
    test.forget();
    const answer = await click(test.payUrl(order));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(test.stack.stripe.objects.paymentLinks.at(-1)?.url);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(test.stripeCalls()).toEqual(['POST /v1/payment_links']);
    expect(test.callsOf('first-payment').filter((call) => call.includes('UpdateItem'))).toHaveLength(2);
  });

  it('on a persisted link costs one read and no call to Stripe', async () => {
    const order = await test.order();
    await click(test.payUrl(order));
    test.forget();
    expect((await click(test.payUrl(order))).status).toBe(303);
    expect(test.callsOf('first-payment')).toEqual(['dynamodb GetItem Orders']);
    expect(test.stripeCalls()).toEqual([]);
  });

  it('on a persisted link that nobody has followed within the hour costs one write more', async () => {
    const order = await test.order();
    await click(test.payUrl(order));
    test.forget();
    // The click that minted was a person's; a scanner's are noted apart.
    const userAgent = { headers: { 'user-agent': 'Barracuda Sentinel (EE)' } };
    for (const _ of [1, 2]) expect((await click(test.payUrl(order), userAgent)).status).toBe(303);
    expect(test.callsOf('first-payment')).toEqual([
      'dynamodb GetItem Orders',
      'dynamodb UpdateItem Orders',
      'dynamodb GetItem Orders',
    ]);
    const { clickedAt, scannedAt } = await test.mustGet(order.orderId);
    expect([clickedAt, scannedAt].map((at) => at !== null)).toEqual([true, true]);
  });

  it('on a persisted link of a monthly fee costs one read more, of the contract', async () => {
    const order = await test.order({ category: 'monthly' });
    expect(test.payUrl(order)).toContain('/checkout/first-payment?token=');
    await click(test.payUrl(order));
    test.forget();
    expect((await click(test.payUrl(order))).status).toBe(303);
    expect(test.callsOf('first-payment')).toEqual(['dynamodb GetItem Orders', 'dynamodb GetItem Roster']);
    expect(test.stripeCalls()).toEqual([]);
  });

  it('with garbage for a token costs nothing and is a friendly 404', async () => {
    await click(`${test.stack.apiUrl}/pay/warm-up`);
    test.forget();
    for (const path of [
      '/pay/x',
      '/pay/k1-ord_1-00000000000000000000000000000000',
      '/checkout/first-payment',
      '/checkout/first-payment?token=%00',
    ]) {
      const answer = await click(`${test.stack.apiUrl}${path}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('<h1');
    }
    expect(test.callsOf('first-payment')).toEqual([]);
  });

  it('by HEAD, as mail scanners ask, answers like GET and has no body', async () => {
    const order = await test.order();
    const answer = await click(test.payUrl(order), { method: 'HEAD' });
    expect(answer.status).toBe(303);
    expect(await answer.text()).toBe('');
  });

  it('speaks the language that the phone asks for', async () => {
    const order = await test.order();
    await test.orders.save(recordFact(order, payment({ generation: null }), instant(test.stack.clock.now())));
    const spanish = await click(test.payUrl(order), { headers: { 'accept-language': 'es-MX,es;q=0.9' } });
    expect(spanish.status).toBe(200);
    expect(spanish.headers.get('content-language')).toBe('es');
  });

  it('while the database is down is a friendly page that tries again by itself', async () => {
    const order = await test.order();
    test.stack.faults.inject(
      'before',
      { functionName: 'first-payment', service: 'dynamodb' },
      { kind: 'status', status: 503 },
    );
    const answer = await click(test.payUrl(order));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(Number(answer.headers.get('refresh'))).toBeGreaterThan(0);
  });

  it('while Stripe is down is a friendly page, and works afterwards with one link made', async () => {
    const order = await test.order();
    const before = test.stack.stripe.objects.paymentLinks.length;
    test.stack.stripe.faults.before('POST /v1/payment_links', {
      status: 503,
      times: Number.POSITIVE_INFINITY,
    });
    expect((await click(test.payUrl(order))).status).toBe(503);
    test.stack.stripe.faults.clear();
    expect((await click(test.payUrl(order))).status).toBe(303);
    expect(test.stack.stripe.objects.paymentLinks.length).toBe(before + 1);
  });

  it('whose function dies after Stripe made the link leads, next time, to that same link', async () => {
    const order = await test.order();
    const before = test.stack.stripe.objects.paymentLinks.length;
    // The first write is the reservation, the second keeps what Stripe made.
    const update = { functionName: 'first-payment', action: 'UpdateItem' };
    test.stack.faults.inject('before', update, { kind: 'delay', ms: 0 }, 1);
    test.stack.faults.inject('before', update, { kind: 'crash' }, 1);
    const died = await click(test.payUrl(order));
    expect(died.status).toBeGreaterThanOrEqual(500);
    expect((await click(test.payUrl(order))).status).toBe(303);
    expect(test.stack.stripe.objects.paymentLinks.length).toBe(before + 1);
  });
});

describe('the routes for the club’s own systems', () => {
  const signed = {
    authorization:
      'AWS4-HMAC-SHA256 Credential=ops/20260414/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0',
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = signed) =>
    fetch(`${test.stack.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const checkout = (over = {}) => ({
    productId: 'jersey',
    playerId: 'ply_shop',
    clientRequestId: 'request-0001',
    successUrl: 'https://club.example/thanks',
    cancelUrl: 'https://club.example/shop',
    ...over,
  });

  it('refuse who does not sign', async () => {
    const order = await test.order();
    expect((await post(`/orders/${order.orderId}/link`, {}, {})).status).toBe(403);
    expect((await post('/checkout', checkout(), {})).status).toBe(403);
  });

  it('mint-link gives the open surface and the URL to mail', async () => {
    const order = await test.order();
    const answer = await post(`/orders/${order.orderId}/link`, {});
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      orderId: order.orderId,
      generation: 1,
      payUrl: test.payUrl(order),
    });
  });

  it('mint-link says why it can not', async () => {
    const order = await test.order();
    await test.orders.save(recordFact(order, payment({ generation: null }), instant(test.stack.clock.now())));
    const answer = await post(`/orders/${order.orderId}/link`, {});
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_payable', retryable: false } });
    expect((await post('/orders/ord_none/link', {})).status).toBe(404);
  });

  it('start-checkout gives an order and a page to pay it on, and takes no amount', async () => {
    await test.order({ orderId: 'shop', category: 'jersey' });
    const answer = await post('/checkout', checkout());
    expect(answer.status).toBe(200);
    const { orderId, url } = (await answer.json()) as { orderId: string; url: string };
    expect((await test.mustGet(orderId)).originalAmount.amountMinor).toBe(3_000);
    expect((await fetch(url)).status).toBe(200);
    const greedy = await post('/checkout', checkout({ amountMinor: 1 }));
    expect(greedy.status).toBe(400);
    expect(JSON.stringify(await greedy.json())).toContain('amountMinor');
    expect((await post('/checkout', 'no json')).status).toBe(400);
  });
});
