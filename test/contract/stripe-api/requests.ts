import type Stripe from 'stripe';
import { lackingPermissions } from '../../../infra/ops/stripe-key.ts';
import {
  createEndpoint,
  disableEndpoint,
  findEndpoints,
  noteFingerprint,
  sendWhatIsRead,
} from '../../../infra/ops/stripe-webhook.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Books, Connecting, Stripe as StripePort, SurfaceRequest } from '../../../lib/ports.ts';

/** Every call of the `stripe` package outside the simulator's own rooms, and the request that it makes. */
export const calls: Readonly<Record<string, string>> = {
  'checkout.sessions.create': 'POST /v1/checkout/sessions',
  'checkout.sessions.expire': 'POST /v1/checkout/sessions/:id/expire',
  'checkout.sessions.list': 'GET /v1/checkout/sessions',
  'checkout.sessions.retrieve': 'GET /v1/checkout/sessions/:id',
  'disputes.list': 'GET /v1/disputes',
  'disputes.retrieve': 'GET /v1/disputes/:id',
  'paymentIntents.retrieve': 'GET /v1/payment_intents/:id',
  'paymentLinks.create': 'POST /v1/payment_links',
  'paymentLinks.list': 'GET /v1/payment_links',
  'paymentLinks.retrieve': 'GET /v1/payment_links/:id',
  'paymentLinks.update': 'POST /v1/payment_links/:id',
  'refunds.create': 'POST /v1/refunds',
  'refunds.list': 'GET /v1/refunds',
  'refunds.retrieve': 'GET /v1/refunds/:id',
  'webhookEndpoints.create': 'POST /v1/webhook_endpoints',
  'webhookEndpoints.list': 'GET /v1/webhook_endpoints',
  'webhookEndpoints.update': 'POST /v1/webhook_endpoints/:id',
};

/** Objects that the server knows. */
export type Known = {
  linkId: string;
  openSessionId: string;
  /** Paid, and given back in part. */
  paidSessionId: string;
  paymentId: string;
  refundId: string;
  disputeId: string;
  /** Of the account, not made by a link. */
  productId: string;
  endpointId: string;
  /** Where the account's webhook endpoint sends to. */
  endpointUrl: string;
};

type Tour<Port> = { [Method in Exclude<keyof Port, keyof Connecting>]: (port: Port) => Promise<unknown> };

const NOW_MS = Date.parse('2026-04-14T15:00:00.000Z');
const inApril = { from: instant(NOW_MS), to: instant(NOW_MS + 1_000) };

/** A method that is new to the port does not compile until its call is here. */
export const gatewayTour = (known: Known): Tour<StripePort> => ({
  createSurface: async (gateway) => {
    for (const [n, request] of surfaceRequests(known).entries()) {
      await gateway.createSurface(request, `requests/${process.pid}/${Date.now()}/${n}`);
    }
  },
  deactivateLink: (gateway) => gateway.deactivateLink(known.linkId),
  openSessionsOf: (gateway) => gateway.openSessionsOf(known.linkId),
  expireSession: (gateway) => gateway.expireSession(known.openSessionId),
  hasCompletedSession: (gateway) => gateway.hasCompletedSession(known.linkId),
  lookUpSurface: async (gateway) => {
    await gateway.lookUpSurface(known.linkId);
    await gateway.lookUpSurface(known.openSessionId);
  },
  paymentIntent: (gateway) => gateway.paymentIntent(known.paymentId),
  refundsOf: (gateway) => gateway.refundsOf(known.paymentId),
  createRefund: (gateway) =>
    gateway.createRefund(
      {
        paymentId: known.paymentId,
        amountMinor: 100,
        metadata: { system: 'club-payments/contract', order_id: 'ord_1', decision: 'dec_1' },
      },
      `requests/${process.pid}/${Date.now()}/refund`,
    ),
});

/** Each list from its beginning, and after a page. */
export const booksTour = (known: Known): Tour<Books> => ({
  payments: async (books) => {
    await books.payments(inApril);
    await books.payments({ ...inApril, after: known.paidSessionId });
  },
  refunds: async (books) => {
    await books.refunds(inApril);
    await books.refunds({ ...inApril, after: known.refundId });
  },
  disputes: async (books) => {
    await books.disputes(inApril);
    await books.disputes({ ...inApril, after: known.disputeId });
  },
  activeLinks: async (books) => {
    await books.activeLinks({});
    await books.activeLinks({ after: known.linkId });
  },
  payment: (books) => books.payment(known.paidSessionId),
  refund: (books) => books.refund(known.refundId),
  dispute: (books) => books.dispute(known.disputeId),
  link: (books) => books.link(known.linkId),
  paymentsOn: (books) => books.paymentsOn(known.linkId),
});

/** What ops ask at their desk, with Stripe's own library. */
export const opsTour = (known: Known): Record<string, (stripe: Stripe) => Promise<unknown>> => ({
  lackingPermissions,
  findEndpoints: (stripe) => findEndpoints(stripe, known.endpointUrl, []),
  createEndpoint: (stripe) => createEndpoint(stripe, known.endpointUrl, 'contract'),
  noteFingerprint: (stripe) => noteFingerprint(stripe, known.endpointId, 'whsec_contract'),
  sendWhatIsRead: (stripe) => sendWhatIsRead(stripe, known.endpointId),
  disableEndpoint: (stripe) => disableEndpoint(stripe, known.endpointId),
});

const ALL = [false, true] as const;

/** All ways in which the parts of a surface, each there or not, can come together. */
const surfaceRequests = ({ productId }: Known): SurfaceRequest[] =>
  (['payment_link', 'checkout_session'] as const).flatMap((kind) =>
    ALL.flatMap((described) =>
      ALL.flatMap((ofProduct) =>
        ALL.flatMap((saveCard) =>
          ALL.map((canCancel) => ({
            kind,
            amount: money(5_500),
            product: {
              name: 'Utah Invitational',
              description: described ? 'June 12 to 14' : null,
              stripeProductId: ofProduct ? productId : null,
            },
            saveCard,
            customText: saveCard ? 'Your card is kept for later fees.' : null,
            inactiveMessage: 'This page was closed. Ask the office.',
            returnUrl: 'https://pay.club.example/pay/token?session={CHECKOUT_SESSION_ID}',
            cancelUrl: canCancel ? 'https://club.example/shop' : null,
            metadata: {
              system: 'club-payments/contract',
              order_id: 'ord_contract',
              player_id: 'ply_1',
              product_id: 'prd_1',
              generation: '1',
            },
          })),
        ),
      ),
    ),
  );
