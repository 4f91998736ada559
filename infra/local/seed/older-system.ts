import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import type Stripe from 'stripe';

import { formatMoney, money } from '../../../lib/domain/money.ts';
import { addressesOf, type Family, type Product } from '../../../lib/domain/roster.ts';
import type { SeedOrder } from './incident.ts';

/** What the older system knew of an order after its mailing. */
export type MailedSession = { order: SeedOrder; sessionId: string; url: string };

/**
 * The older system, as it was in April 2026: one Checkout Session per order, its Stripe address in the mail.
 * Stripe ends a session 24 hours after it was made, whatever anyone would like.
 */
export const mailSessions = async (
  input: {
    orders: readonly SeedOrder[];
    families: readonly Family[];
    products: readonly Product[];
    from: string;
  },
  { stripe, ses }: { stripe: Stripe; ses: SESClient },
): Promise<MailedSession[]> => {
  const mailed: MailedSession[] = [];
  for (const order of input.orders) {
    const product = found(input.products, (p) => p.productId === order.productId, order.productId);
    const family = found(input.families, (f) => f.familyId === order.familyId, order.familyId);
    const session = await openSession(order, product, stripe);
    for (const address of addressesOf(family)) {
      await ses.send(
        new SendRawEmailCommand({
          Source: input.from,
          Destinations: [address],
          RawMessage: {
            Data: rawMail({
              from: input.from,
              to: address,
              subject: `${product.name}: please pay ${formatMoney(money(order.amountMinor))}`,
              text: `Please pay for ${product.name} here:\n\n${session.url}\n`,
            }),
          },
        }),
      );
    }
    mailed.push({ order, ...session });
  }
  return mailed;
};

const rawMail = (mail: { from: string; to: string; subject: string; text: string }): Buffer =>
  Buffer.from(
    [
      `From: ${mail.from}`,
      `To: ${mail.to}`,
      `Subject: ${mail.subject}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      '',
      mail.text,
    ].join('\r\n'),
  );

/** One try at paying: the older system made a session for each, and for the tries in vain an order too. */
export const openSession = async (
  order: SeedOrder,
  product: Product,
  stripe: Stripe,
): Promise<{ sessionId: string; url: string }> => {
  const metadata = { order_id: order.orderId };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [
      {
        quantity: 1,
        price_data: { currency: 'usd', unit_amount: order.amountMinor, product_data: { name: product.name } },
      },
    ],
    success_url: 'https://club.example/thanks',
    metadata,
    payment_intent_data: { metadata },
  });
  return { sessionId: session.id, url: session.url ?? '' };
};

const found = <T>(among: readonly T[], is: (candidate: T) => boolean, name: string): T => {
  const one = among.find(is);
  if (one === undefined) throw new Error(`The seed data have no ${name}.`);
  return one;
};
