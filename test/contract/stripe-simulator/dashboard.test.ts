import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { linkParams, simulate } from './harness.ts';

async function withPayment(method: 'card' | 'us_bank_account' = 'card') {
  const harness = await simulate();
  const link = await harness.stripe.paymentLinks.create(linkParams());
  await visitor.pay(link.url, { method, email: 'parent@example.com' });
  const { url } = harness.simulator;
  const press = (command: string, id: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/dashboard/${command}`, {
      method: 'POST',
      body: new URLSearchParams({ id }),
      redirect: 'manual',
      headers,
    });
  const admin = async (path: string, body?: object) => {
    const response = await fetch(`${url}/_simulator/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  return { ...harness, press, admin, paymentIntent: harness.simulator.objects.paymentIntents[0]?.id ?? '' };
}

describe('the dashboard', () => {
  test('shows what there is, and plainly that it is a simulator', async () => {
    const { simulator, paymentIntent } = await withPayment();
    const page = await (await fetch(simulator.url)).text();
    for (const words of ['Stripe simulator', '$50.00', 'parent@example.com', 'checkout.session.completed']) {
      expect(page).toContain(words);
    }
    expect(page).toContain(paymentIntent);
  });

  test('refunds and disputes at the press of a button, and says when it cannot', async () => {
    const { simulator, press, paymentIntent } = await withPayment();
    expect((await press('refund', paymentIntent)).status).toBe(303);
    expect(simulator.objects.refunds).toMatchObject([{ amount: 5_000 }]);
    const again = await press('refund', paymentIntent);
    expect(again.headers.get('location')).toContain('problem=');
    await press('refund-failed', simulator.objects.refunds[0]?.id ?? '');
    await press('dispute', paymentIntent);
    await press('dispute-won', simulator.objects.disputes[0]?.id ?? '');
    expect(simulator.objects.disputes).toMatchObject([{ status: 'won' }]);
  });

  test('settles a debit', async () => {
    const { simulator, press, paymentIntent } = await withPayment('us_bank_account');
    await press('debit-succeeded', paymentIntent);
    expect(simulator.objects.checkoutSessions).toMatchObject([{ payment_status: 'paid' }]);
  });

  test('changes nothing for a GET, nor for a page of somebody else', async () => {
    const { simulator, press, paymentIntent } = await withPayment();
    expect((await fetch(`${simulator.url}/dashboard/refund?id=${paymentIntent}`)).status).toBe(404);
    expect((await press('refund', paymentIntent, { origin: 'https://evil.example' })).status).toBe(403);
    expect(simulator.objects.refunds).toHaveLength(0);
  });
});

describe('another process', () => {
  test('can do what a test can', async () => {
    const { stripe, admin, simulator, paymentIntent } = await withPayment();
    expect(await admin('state')).toMatchObject({
      status: 200,
      answer: { checkoutSessions: [{ status: 'complete' }], settings: { enforceLinkLimit: true } },
    });
    await admin('settings', { enforceLinkLimit: false });
    expect(simulator.settings.enforceLinkLimit).toBe(false);

    const dispute = await admin('disputes', { paymentIntent, amountMinor: 1_000 });
    expect(dispute).toMatchObject({ status: 200, answer: { amount: 1_000, status: 'needs_response' } });
    expect(await admin('refunds', { paymentIntent })).toMatchObject({
      status: 400,
      answer: { error: { code: 'charge_disputed' } },
    });
    await admin('faults', { moment: 'before', target: 'GET /v1/balance', status: 503 });
    await expect(stripe.balance.retrieve()).rejects.toThrow();
    await admin('webhooks', { do: 'pause' });
    expect(await admin('tick', {})).toMatchObject({
      status: 200,
      answer: { now: '2026-04-06T09:00:00.000Z' },
    });
    expect(await admin('faults', { moment: 'sometimes', target: '*' })).toMatchObject({ status: 400 });
    expect(await admin('requests')).toMatchObject({ answer: expect.arrayContaining([]) });
  });
});
