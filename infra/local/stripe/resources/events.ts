import type Stripe from 'stripe';
import type { Account, RequestOrigin } from '../account.ts';
import { DAY_MS, SECOND_MS } from '../clock.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { flag, inRange, integer, listOf, params, text, timeRange } from '../validation/params.ts';

/** The version that events are rendered in; the one that the `stripe` package is generated for. */
export const API_VERSION = '2026-10-28.endive';

/** `GET /v1/events` reaches back this far. @see https://docs.stripe.com/api/events/list */
const EVENTS_REACH_BACK_MS = 30 * DAY_MS;

/** Only what the simulator emits; a typing error in one of these does not compile. */
export type EventType = Extract<
  Stripe.Event.Type,
  | 'charge.dispute.closed'
  | 'charge.dispute.created'
  | 'charge.dispute.funds_reinstated'
  | 'charge.dispute.funds_withdrawn'
  | 'charge.dispute.updated'
  | 'charge.failed'
  | 'charge.pending'
  | 'charge.refund.updated'
  | 'charge.refunded'
  | 'charge.succeeded'
  | 'charge.updated'
  | 'checkout.session.async_payment_failed'
  | 'checkout.session.async_payment_succeeded'
  | 'checkout.session.completed'
  | 'checkout.session.expired'
  | 'customer.created'
  | 'customer.deleted'
  | 'customer.updated'
  | 'payment_intent.canceled'
  | 'payment_intent.created'
  | 'payment_intent.payment_failed'
  | 'payment_intent.processing'
  | 'payment_intent.requires_action'
  | 'payment_intent.succeeded'
  | 'payment_link.created'
  | 'payment_link.updated'
  | 'payment_method.attached'
  | 'price.created'
  | 'price.updated'
  | 'product.created'
  | 'product.updated'
  | 'refund.created'
  | 'refund.failed'
  | 'refund.updated'
>;

/** @see https://docs.stripe.com/api/events/object */
export type StripeEvent = {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: false;
  /** How many endpoints have not confirmed the event yet. */
  pending_webhooks: number;
  request: RequestOrigin;
  type: EventType;
};

export function createEvent(
  account: Account,
  what: { type: EventType; object: object; before: object | undefined; request: RequestOrigin },
): StripeEvent {
  const previous = what.before === undefined ? undefined : previousAttributes(what.before, what.object);
  return {
    id: account.ids.next('evt_'),
    object: 'event',
    api_version: API_VERSION,
    created: account.clock.nowSeconds(),
    data: { object: what.object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 0,
    request: what.request,
    type: what.type,
  };
}

/** The former values of what changed, key by key. */
function previousAttributes(before: object, after: object): object {
  const now = new Map<string, unknown>(Object.entries(after));
  return Object.fromEntries(
    Object.entries(before).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(now.get(key))),
  );
}

const retrieveParams = params<Stripe.EventRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.EventListParams>()({
  created: timeRange(),
  delivery_success: flag(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  type: text(),
  types: listOf(text(), { max: 20 }),
});

const reachesBackTo = (account: Account): number =>
  (account.clock.nowMs() - EVENTS_REACH_BACK_MS) / SECOND_MS;

/** `charge.*` stands for every type under `charge.`, disputes included. */
const matchesType = (type: string, wanted: string): boolean =>
  wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;

export const eventEndpoints: Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/v1/events',
    params: listParams,
    check: ({ params }) => {
      if (params.type !== undefined && params.types !== undefined) {
        throw invalidRequest('You may only specify one of these parameters: type, types.', {
          param: 'types',
        });
      }
    },
    execute: ({ account, params }) =>
      listResources(account.events, { ...params, kind: 'event', url: '/v1/events' }, (event) => {
        const wanted = params.types ?? (params.type === undefined ? undefined : [params.type]);
        return (
          event.created >= reachesBackTo(account) &&
          inRange(event.created, params.created) &&
          (wanted === undefined || wanted.some((type) => matchesType(event.type, type))) &&
          (params.delivery_success === undefined ||
            params.delivery_success === (event.pending_webhooks === 0))
        );
      }),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/events/:id',
    params: retrieveParams,
    execute: ({ account, id }) => {
      const event = account.events.get(id);
      if (event === undefined || event.created < reachesBackTo(account)) throw noSuchObject('event', id);
      return event;
    },
  }),
];
