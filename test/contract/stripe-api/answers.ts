import type Stripe from 'stripe';
import type { StripeSimulator } from '../../../infra/local/stripe/simulator.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const METADATA = { order_id: 'ord_1' };

const feeOf = (unit_amount: number) => ({
  quantity: 1,
  price_data: { currency: 'usd', unit_amount, product_data: { name: 'Fee', description: 'June' } },
});

/**
 * Goes through everything that the simulator can answer: each operation, each kind of object in each of its states,
 * and what is refused. Whoever listens on the wire hears all of it.
 */
export const answersTour = async (
  simulator: StripeSimulator,
  stripe: Stripe,
  advance: (ms: number) => Promise<void>,
): Promise<void> => {
  const heard = async (asking: Promise<unknown>): Promise<void> => void (await asking.catch(() => undefined));

  const webhook = await stripe.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/stripe',
    enabled_events: ['customer.deleted'],
    description: 'club',
  });
  await stripe.webhookEndpoints.update(webhook.id, { metadata: METADATA });
  await stripe.webhookEndpoints.retrieve(webhook.id);
  await stripe.webhookEndpoints.list();

  const product = await stripe.products.create({ name: 'Jersey', metadata: METADATA });
  await stripe.products.update(product.id, { description: 'Blue' });
  const price = await stripe.prices.create({ currency: 'usd', unit_amount: 2_500, product: product.id });
  await stripe.prices.update(price.id, { nickname: 'Adult' });

  const customer = await stripe.customers.create({ email: 'ana@family.example', name: 'Ana' });
  await stripe.customers.update(customer.id, { phone: '+1 801 555 0100' });
  const gone = await stripe.customers.create({});
  await stripe.customers.del(gone.id);

  const plain = await stripe.paymentLinks.create({ line_items: [{ quantity: 2, price: price.id }] });
  const full = await stripe.paymentLinks.create({
    line_items: [feeOf(5_500)],
    metadata: METADATA,
    payment_intent_data: { metadata: METADATA, setup_future_usage: 'off_session', description: 'Fee' },
    customer_creation: 'always',
    restrictions: { completed_sessions: { limit: 50 } },
    inactive_message: 'Closed.',
    after_completion: { type: 'redirect', redirect: { url: 'https://club.example/thanks' } },
    custom_text: { submit: { message: 'Your card is kept.' } },
  });

  const payOn = async (url: string, how: Parameters<typeof visitor.pay>[1] = {}) => {
    const page = await visitor.pay(url, how);
    const session = await stripe.checkout.sessions.retrieve(page.sessionId ?? '');
    return { sessionId: session.id, paymentId: String(session.payment_intent ?? '') };
  };
  const byCard = await payOn(full.url);
  const asGuest = await payOn(plain.url);
  await payOn(full.url, { cardNumber: '4000 0000 0000 0002' });
  await payOn(full.url, { cardNumber: '4000 0025 0000 3155' });
  await payOn(full.url, { cardNumber: '4000 0025 0000 3155', authentication: 'fail' });
  await payOn(full.url, { cardNumber: '4000 0025 0000 3155', authentication: 'approve' });
  const byDebit = await payOn(full.url, { method: 'us_bank_account' });
  const debitFails = await payOn(full.url, { method: 'us_bank_account', accountNumber: '000111111116' });
  await payOn(full.url, { method: 'us_bank_account' });

  const open = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [feeOf(9_900)],
    success_url: 'https://club.example/thanks',
    cancel_url: 'https://club.example/shop',
    customer: customer.id,
    client_reference_id: 'ord_1',
    custom_text: { submit: { message: 'Your card is kept.' } },
  });
  await stripe.checkout.sessions.update(open.id, { metadata: METADATA });
  await stripe.checkout.sessions.expire(open.id);
  await visitor.open(full.url);

  const refundedLater = await payOn(full.url, { cardNumber: '4000 0000 0000 7726' });
  const refundFails = await payOn(full.url, { cardNumber: '4000 0000 0000 5126' });
  for (const { paymentId } of [byCard, refundedLater, refundFails]) {
    const refund = await stripe.refunds.create({
      payment_intent: paymentId,
      amount: 500,
      reason: 'requested_by_customer',
      metadata: METADATA,
    });
    await stripe.refunds.update(refund.id, { metadata: { decision: 'dec_1' } });
  }
  const waiting = simulator.dashboardRefund((await payOn(full.url)).paymentId);
  simulator.settleRefund(waiting.id, 'requires_action');
  await stripe.refunds.cancel(waiting.id);

  const disputed = [(await payOn(full.url)).paymentId, (await payOn(plain.url)).paymentId, asGuest.paymentId];
  const [won, lost, answered] = disputed.map((paymentId) => simulator.createDispute(paymentId));
  simulator.closeDispute(won?.id ?? '', 'won');
  await stripe.disputes.close(lost?.id ?? '');
  await stripe.disputes.update(answered?.id ?? '', { metadata: METADATA });

  simulator.settleDebit(byDebit.paymentId, 'succeeded');
  simulator.settleDebit(debitFails.paymentId, 'failed');
  await advance(8 * DAY_MS);

  const intent = await stripe.paymentIntents.create({
    amount: 5_500,
    currency: 'usd',
    customer: customer.id,
  });
  await stripe.paymentIntents.update(intent.id, { description: 'Fee' });
  await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });
  for (const payment_method of ['pm_card_visa', 'pm_card_authenticationRequired', 'pm_card_chargeDeclined']) {
    await heard(
      stripe.paymentIntents.create({ amount: 5_500, currency: 'usd', payment_method, confirm: true }),
    );
  }
  await stripe.paymentLinks.update(full.id, { active: false, inactive_message: 'Ask the office.' });

  await stripe.balance.retrieve();
  await listAndRetrieve(stripe, [plain.id, full.id]);

  await heard(stripe.paymentLinks.retrieve('plink_none'));
  await heard(stripe.paymentLinks.create({} as Stripe.PaymentLinkCreateParams));
  await heard(
    stripe.checkout.sessions.create({ expires_at: 1, unknown: 1 } as Stripe.Checkout.SessionCreateParams),
  );
  await heard(stripe.refunds.create({ payment_intent: byCard.paymentId, amount: 99_999_900 }));
  await stripe.webhookEndpoints.update(webhook.id, { disabled: true });
  await stripe.webhookEndpoints.del(webhook.id);
};

/** Each list, plain and with all that can be expanded in it, and each of its objects by itself. */
const listAndRetrieve = async (stripe: Stripe, linkIds: readonly string[]): Promise<void> => {
  const each = async (list: { data: { id: string }[] }, retrieve: (id: string) => Promise<unknown>) => {
    for (const { id } of list.data) await retrieve(id);
  };
  const limit = 100;
  await each(await stripe.paymentLinks.list({ limit }), (id) => stripe.paymentLinks.retrieve(id));
  for (const id of linkIds) {
    await stripe.paymentLinks.retrieve(id, { expand: ['line_items'] });
    await stripe.paymentLinks.listLineItems(id);
  }
  const sessions = await stripe.checkout.sessions.list({ limit });
  await each(sessions, (id) =>
    stripe.checkout.sessions.retrieve(id, {
      expand: ['payment_intent.latest_charge.balance_transaction', 'customer', 'payment_link', 'line_items'],
    }),
  );
  await stripe.checkout.sessions.listLineItems(sessions.data[0]?.id ?? '');
  await each(await stripe.paymentIntents.list({ limit }), (id) =>
    stripe.paymentIntents.retrieve(id, { expand: ['latest_charge', 'payment_method', 'customer'] }),
  );
  await each(await stripe.charges.list({ limit }), (id) =>
    stripe.charges.retrieve(id, { expand: ['refunds', 'payment_intent', 'balance_transaction'] }),
  );
  await each(await stripe.refunds.list({ limit }), (id) =>
    stripe.refunds.retrieve(id, { expand: ['charge', 'payment_intent'] }),
  );
  await each(await stripe.disputes.list({ limit }), (id) =>
    stripe.disputes.retrieve(id, { expand: ['charge', 'payment_intent'] }),
  );
  await each(await stripe.balanceTransactions.list({ limit }), (id) =>
    stripe.balanceTransactions.retrieve(id),
  );
  await each(await stripe.products.list({ limit }), (id) => stripe.products.retrieve(id));
  await each(await stripe.prices.list({ limit }), (id) =>
    stripe.prices.retrieve(id, { expand: ['product'] }),
  );
  await each(await stripe.events.list({ limit }), (id) => stripe.events.retrieve(id));
  const customers = await stripe.customers.list({ limit });
  await each(customers, (id) => stripe.customers.retrieve(id));
  for (const { id } of customers.data) {
    await each(await stripe.paymentMethods.list({ customer: id, limit }), (method) =>
      stripe.paymentMethods.retrieve(method, { expand: ['customer'] }),
    );
  }
};
