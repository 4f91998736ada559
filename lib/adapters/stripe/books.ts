import type Stripe from 'stripe';
import type { PaymentFact } from '../../domain/facts.ts';
import { epochMs, type Instant, instant } from '../../domain/ids.ts';
import type { AmountAtStripe, NoticeOf } from '../../domain/payment-notice.ts';
import type { Books, LinkAtStripe, Listing, MoneyAtStripe, Page } from '../../ports.ts';
import { attempt, connectStripe, orMissing, type StripeConnection } from './connection.ts';
import { type Told, toldOfDispute, toldOfRefund, toldOfSession } from './told.ts';

/** The port `Books` on the `stripe` package: it only reads. What is expanded costs no request of its own. */
export const stripeBooks = (connection: StripeConnection): Books => {
  const stripe = connectStripe(connection);
  return {
    payments: (q) =>
      attempt('list sessions', async () =>
        pageOf(
          await stripe.checkout.sessions.list({
            ...madeIn(q),
            status: 'complete',
            expand: PAYMENT.map((path) => `data.${path}`),
          }),
          paymentAtStripe,
        ),
      ),

    refunds: (q) =>
      attempt('list refunds', async () =>
        pageOf(await stripe.refunds.list({ ...madeIn(q), expand: ['data.payment_intent'] }), refundAtStripe),
      ),

    disputes: (q) =>
      attempt('list disputes', async () =>
        pageOf(
          await stripe.disputes.list({ ...madeIn(q), expand: ['data.payment_intent'] }),
          disputeAtStripe,
        ),
      ),

    activeLinks: ({ after }) =>
      attempt('list payment links', async () =>
        pageOf(
          await stripe.paymentLinks.list({ active: true, limit: LIMIT, ...behind(after) }),
          linkAtStripe,
        ),
      ),

    payment: (sessionId) =>
      attempt('retrieve session', () =>
        orMissing(async () =>
          paymentAtStripe(await stripe.checkout.sessions.retrieve(sessionId, { expand: [...PAYMENT] })),
        ),
      ),

    refund: (refundId) =>
      attempt('retrieve refund', () =>
        orMissing(async () =>
          refundAtStripe(await stripe.refunds.retrieve(refundId, { expand: ['payment_intent'] })),
        ),
      ),

    dispute: (disputeId) =>
      attempt('retrieve dispute', () =>
        orMissing(async () =>
          disputeAtStripe(await stripe.disputes.retrieve(disputeId, { expand: ['payment_intent'] })),
        ),
      ),

    link: (linkId) =>
      attempt('retrieve payment link', () =>
        orMissing(async () => {
          const link = await stripe.paymentLinks.retrieve(linkId, { expand: ['line_items'] });
          return { ...linkAtStripe(link), amount: amountOf(link), productNames: productNamesOf(link) };
        }),
      ),

    paymentsOn: (linkId) =>
      attempt('list sessions', async () => {
        const { data } = await stripe.checkout.sessions.list({
          payment_link: linkId,
          status: 'complete',
          limit: LIMIT,
          expand: PAYMENT.map((path) => `data.${path}`),
        });
        return data.map(paymentAtStripe);
      }),
  };
};

/** The most that a page of Stripe's has. */
const LIMIT = 100;

const PAYMENT = ['payment_intent.latest_charge'] as const;

const madeIn = ({ from, to, after }: Listing) => ({
  created: { gte: seconds(from), lt: seconds(to) },
  limit: LIMIT,
  ...behind(after),
});
const behind = (after: string | undefined) => (after === undefined ? {} : { starting_after: after });
const seconds = (at: Instant): number => Math.floor(epochMs(at) / 1000);

const pageOf = <A extends { id: string }, B>(
  { data, has_more }: { data: A[]; has_more: boolean },
  read: (object: A) => B,
): Page<B> => {
  const last = data.at(-1);
  return { items: data.map(read), ...(has_more && last !== undefined && { next: last.id }) };
};

/** What an event about it would have said. */
const noticeOf = <K extends 'payment' | 'refund' | 'dispute'>(
  object: { id: string; object: string },
  told: Told<K> | undefined,
  { at, livemode }: { at: Instant; livemode: boolean },
): NoticeOf<K> | null =>
  told === undefined
    ? null
    : ({
        eventId: `read_${object.id}`,
        eventType: object.object,
        source: 'stripe_read',
        livemode,
        at,
        ...told,
      } as unknown as NoticeOf<K>);

const paymentAtStripe = (session: Stripe.Checkout.Session): MoneyAtStripe<'payment'> => {
  const intent = expanded(session.payment_intent);
  const charge = expanded(intent?.latest_charge);
  const at = instant((charge?.created ?? session.created) * 1000);
  const told = toldOfSession(session, stateOf(session, intent));
  return {
    id: session.id,
    notice: noticeOf(session, told, { at, livemode: session.livemode }),
    metadata: session.metadata ?? {},
    at,
  };
};

const stateOf = (
  { payment_status }: Stripe.Checkout.Session,
  intent: Stripe.PaymentIntent | undefined,
): PaymentFact['state'] => {
  if (payment_status !== 'unpaid') return 'succeeded';
  const ended =
    intent?.status === 'canceled' ||
    (intent?.status === 'requires_payment_method' && intent.last_payment_error !== null);
  return ended ? 'failed' : 'processing';
};

const refundAtStripe = (refund: Stripe.Refund): MoneyAtStripe<'refund'> => {
  const intent = expanded(refund.payment_intent);
  const at = instant(refund.created * 1000);
  return {
    id: refund.id,
    notice: intent ? noticeOf(refund, toldOfRefund(refund), { at, livemode: intent.livemode }) : null,
    metadata: intent?.metadata ?? {},
    at,
  };
};

const disputeAtStripe = (dispute: Stripe.Dispute): MoneyAtStripe<'dispute'> => {
  const intent = expanded(dispute.payment_intent);
  const at = instant(dispute.created * 1000);
  return {
    id: dispute.id,
    notice: intent ? noticeOf(dispute, toldOfDispute(dispute), { at, livemode: dispute.livemode }) : null,
    metadata: intent?.metadata ?? {},
    at,
  };
};

const linkAtStripe = ({ id, url, active, metadata, livemode }: Stripe.PaymentLink): LinkAtStripe => ({
  id,
  url,
  active,
  metadata,
  livemode,
});

/** Null for a link whose payer chooses how many or how much. */
const amountOf = ({ line_items }: Stripe.PaymentLink): AmountAtStripe | null => {
  const [item, ...more] = line_items?.data ?? [];
  if (item === undefined || more.length > 0) return null;
  return { amountMinor: item.amount_total, currency: item.currency };
};

const productNamesOf = ({ line_items }: Stripe.PaymentLink): string[] =>
  line_items?.data.flatMap(({ description }) => description ?? []) ?? [];

const expanded = <T extends { id: string }>(reference: string | T | null | undefined): T | undefined =>
  typeof reference === 'object' && reference !== null ? reference : undefined;
