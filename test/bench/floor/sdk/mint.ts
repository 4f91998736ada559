import { get, type Row, set, tables } from './dynamodb.ts';
import { secret } from './secrets.ts';
import { sendSeldom } from './seldom-sqs.ts';
import { stripe } from './stripe.ts';

const price = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Payment' } };
const line_items = [{ quantity: 1, price_data: price }];

/** The calls of a mint: what it reads, the reservation, Stripe, and keeping what Stripe made. */
export const mint = async (
  order: Row,
  kind: 'payment_link' | 'checkout_session' = 'payment_link',
  beside: Record<string, unknown> = {},
  /** What is waited for before Stripe is called. */
  place: () => Promise<void> = async () => undefined,
): Promise<string> => {
  const key = { pk: `order#${order.orderId}` };
  await Promise.all([
    get(tables.roster, { pk: `product#${order.productId}` }),
    get(tables.roster, { pk: `family#${order.familyId}` }),
  ]);
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  await set(tables.orders, key, { mint: null });
  await sendIfOwed(order);
  await place();
  const client = await stripe();
  const made =
    kind === 'payment_link'
      ? await client.paymentLinks.create({ line_items })
      : await client.checkout.sessions.create({
          mode: 'payment',
          line_items,
          success_url: 'https://club.example/',
        });
  await set(tables.orders, key, { surfaces: [{ stripeId: made.id, url: made.url }], ...beside });
  await sendIfOwed(order);
  return made.url ?? '';
};

/** What an order owes Stripe goes to the queue; mostly it owes nothing. */
export const sendIfOwed = async ({ orderId, dueWork = {} }: Row): Promise<void> => {
  if (Object.keys(dueWork).length > 0) await sendSeldom(process.env.RETIRE_QUEUE_URL, { orderId });
};
