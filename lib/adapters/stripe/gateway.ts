import type Stripe from 'stripe';
import { instant } from '../../domain/instant.ts';
import type { SurfaceAtStripe } from '../../domain/recovery-plan.ts';
import type {
  MintedSurface,
  PaymentIntentAtStripe,
  RefundAtStripe,
  Stripe as StripePort,
  SurfaceRequest,
} from '../../ports.ts';
import { attempt, connectStripe, orMissing, type StripeConnection } from './connection.ts';
import { hasCode, isMissing } from './errors.ts';
import { idOf } from './told.ts';

/** The port `Stripe` on the `stripe` package. All that it creates at Stripe is created in this file. */
export const stripeGateway = (connection: StripeConnection): StripePort => {
  const stripe = connectStripe(connection);

  return {
    createSurface: (request, idempotencyKey) =>
      request.kind === 'payment_link'
        ? attempt('create payment link', async () => {
            const link = await stripe.paymentLinks.create(linkParams(request), { idempotencyKey });
            return { stripeId: link.id, url: link.url, expiresAt: null };
          })
        : attempt('create checkout session', async () => {
            const session = await stripe.checkout.sessions.create(sessionParams(request), { idempotencyKey });
            return mintedSession(session);
          }),

    deactivateLink: (stripeId) =>
      attempt('deactivate payment link', async () => {
        await stripe.paymentLinks.update(stripeId, { active: false });
      }),

    openSessionsOf: (linkId) =>
      attempt('list sessions', async () => {
        const open: string[] = [];
        for await (const session of stripe.checkout.sessions.list({
          payment_link: linkId,
          status: 'open',
          limit: 100,
        })) {
          open.push(session.id);
        }
        return open;
      }),

    expireSession: (stripeId) =>
      attempt('expire session', async () => {
        try {
          await stripe.checkout.sessions.expire(stripeId);
          return 'expired';
        } catch (error) {
          // 400: the session is complete or expired; nothing is left that could be paid.
          if (hasCode(error, 400) || isMissing(error)) return 'not_open';
          throw error;
        }
      }),

    hasCompletedSession: (linkId) =>
      attempt('list completed sessions', async () => {
        const { data } = await stripe.checkout.sessions.list({
          payment_link: linkId,
          status: 'complete',
          limit: 1,
        });
        return data.length > 0;
      }),

    lookUpSurface: (stripeId) => attempt('look up surface', () => lookUp(stripe, stripeId)),

    paymentIntent: (id) =>
      attempt('retrieve payment intent', () =>
        orMissing(async () => paymentIntentAtStripe(await stripe.paymentIntents.retrieve(id))),
      ),

    refundsOf: (paymentIntentId) =>
      attempt('list refunds', async () => {
        const refunds: RefundAtStripe[] = [];
        for await (const refund of stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 })) {
          refunds.push(refundAtStripe(refund));
        }
        return refunds;
      }),

    createRefund: ({ paymentId, amountMinor, metadata }, idempotencyKey) =>
      attempt('create refund', async () =>
        refundAtStripe(
          await stripe.refunds.create(
            { payment_intent: paymentId, amount: amountMinor, metadata },
            { idempotencyKey },
          ),
        ),
      ),
  };
};

/** @see https://docs.stripe.com/api/payment-link/create */
const linkParams = (request: SurfaceRequest): Stripe.PaymentLinkCreateParams => ({
  line_items: lineItems(request),
  metadata: request.metadata,
  payment_intent_data: {
    metadata: request.metadata,
    ...(request.saveCard ? { setup_future_usage: 'off_session' as const } : {}),
  },
  ...(request.saveCard ? { customer_creation: 'always' as const } : {}),
  // One debt is paid once; Stripe promises nothing about two sessions open at once, so this is not all we rely on.
  restrictions: { completed_sessions: { limit: 1 } },
  inactive_message: request.inactiveMessage,
  after_completion: { type: 'redirect', redirect: { url: request.returnUrl } },
  ...customText(request),
});

/** No expiry of ours: Stripe's own 24 h are its longest. @see https://docs.stripe.com/api/checkout/sessions/create */
const sessionParams = (request: SurfaceRequest): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  line_items: lineItems(request),
  metadata: request.metadata,
  payment_intent_data: {
    metadata: request.metadata,
    ...(request.saveCard ? { setup_future_usage: 'off_session' as const } : {}),
  },
  ...(request.saveCard ? { customer_creation: 'always' as const } : {}),
  success_url: request.returnUrl,
  ...(request.cancelUrl === null ? {} : { cancel_url: request.cancelUrl }),
  ...customText(request),
});

const lineItems = ({ amount, product }: SurfaceRequest) => [
  {
    quantity: 1,
    price_data: {
      currency: amount.currency,
      unit_amount: amount.amountMinor,
      ...(product.stripeProductId === null
        ? {
            product_data: {
              name: product.name,
              ...(product.description === null ? {} : { description: product.description }),
            },
          }
        : { product: product.stripeProductId }),
    },
  },
];

const customText = ({ customText }: SurfaceRequest) =>
  customText === null ? {} : { custom_text: { submit: { message: customText } } };

const mintedSession = (session: Stripe.Checkout.Session): MintedSurface => {
  if (session.url === null) throw new Error(`Session ${session.id} was created without an address.`);
  return { stripeId: session.id, url: session.url, expiresAt: instant(session.expires_at * 1000) };
};

const lookUp = async (stripe: Stripe, stripeId: string): Promise<SurfaceAtStripe> => {
  if (stripeId.startsWith('plink_')) {
    const link = await orMissing(() => stripe.paymentLinks.retrieve(stripeId));
    if (link === undefined) return { state: 'missing', orderId: null };
    return { state: link.active ? 'open' : 'inactive', orderId: link.metadata.order_id ?? null };
  }
  const session = await orMissing(() => stripe.checkout.sessions.retrieve(stripeId));
  if (session === undefined) return { state: 'missing', orderId: null };
  return { state: sessionState(session), orderId: session.metadata?.order_id ?? null };
};

const sessionState = ({ status }: Stripe.Checkout.Session): SurfaceAtStripe['state'] => {
  if (status === 'open') return 'open';
  return status === 'complete' ? 'complete' : 'expired';
};

const refundAtStripe = (refund: Stripe.Refund): RefundAtStripe => ({
  id: refund.id,
  state: refund.status as RefundAtStripe['state'],
  amount: { amountMinor: refund.amount, currency: refund.currency },
  decision: refund.metadata?.decision ?? null,
  createdAt: instant(refund.created * 1000),
});

const paymentIntentAtStripe = (intent: Stripe.PaymentIntent): PaymentIntentAtStripe => ({
  id: intent.id,
  state: stateOf(intent),
  amount: {
    amountMinor: intent.amount_received > 0 ? intent.amount_received : intent.amount,
    currency: intent.currency,
  },
  metadata: intent.metadata,
  customerId: idOf(intent.customer),
  paymentMethodId: idOf(intent.payment_method),
  livemode: intent.livemode,
});

const stateOf = (intent: Stripe.PaymentIntent): PaymentIntentAtStripe['state'] => {
  if (intent.status === 'succeeded') return 'succeeded';
  if (intent.status === 'processing') return 'processing';
  return intent.status === 'canceled' || intent.last_payment_error !== null ? 'failed' : 'open';
};
