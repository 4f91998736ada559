import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject, notSimulated as notSimulatedError } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  type Field,
  flag,
  integer,
  listOf,
  notSimulated,
  params,
  required,
  simulatedOnly,
  text,
  webUrl,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { API_VERSION } from './events.ts';

/** @see https://docs.stripe.com/api/webhook_endpoints */
export type WebhookEndpoint = Wire<Stripe.WebhookEndpoint>;
/** With the secret that signs its deliveries; Stripe shows it once, when the endpoint is made. */
export type StoredWebhookEndpoint = WebhookEndpoint & { readonly secret: string };

const MAX_ENDPOINTS = 16;

export const wants = (webhook: WebhookEndpoint, eventType: string): boolean =>
  webhook.status === 'enabled' &&
  (webhook.enabled_events.includes('*') || webhook.enabled_events.includes(eventType));

const withoutSecret = ({ secret: _, ...shown }: StoredWebhookEndpoint): WebhookEndpoint => shown;

/** Nothing leaves this machine, so an address elsewhere is refused at once rather than failing at every event. */
const localUrl = (): Field<string, false> => ({
  required: false,
  parse(value, at) {
    const url = webUrl().parse(value, at);
    if (!['127.0.0.1', 'localhost'].includes(new URL(url).hostname)) {
      throw notSimulatedError('webhooks to another machine than this one', at);
    }
    return url;
  },
});

type EnabledEvent = Stripe.WebhookEndpointCreateParams.EnabledEvent;

/** `*`, or names such as `charge.refunded`; a name that Stripe does not know would never come. */
const eventName = (): Field<EnabledEvent, false> => ({
  required: false,
  parse(value, at) {
    const name = text().parse(value, at);
    if (name !== '*' && !/^[a-z_0-9]+(\.[a-z_0-9]+)+$/.test(name)) {
      throw invalidRequest(`Invalid ${at}: ${name} is not the name of an event.`, { param: at });
    }
    return name as EnabledEvent;
  },
});

const createParams = params<Stripe.WebhookEndpointCreateParams>()({
  enabled_events: required(listOf(eventName(), { min: 1 })),
  url: required(localUrl()),
  api_version: simulatedOnly(API_VERSION),
  connect: notSimulated,
  description: emptyable(text()),
  expand: listOf(text()),
  metadata: emptyable(metadata()),
});
const updateParams = params<Stripe.WebhookEndpointUpdateParams>()({
  description: emptyable(text()),
  disabled: flag(),
  enabled_events: listOf(eventName(), { min: 1 }),
  expand: listOf(text()),
  metadata: emptyable(metadata()),
  url: localUrl(),
});
const retrieveParams = params<Stripe.WebhookEndpointRetrieveParams>()({ expand: listOf(text()) });
const deleteParams = params<Stripe.WebhookEndpointDeleteParams & { expand?: string[] }>()({
  expand: listOf(text()),
});
const listParams = params<Stripe.WebhookEndpointListParams>()({
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
});

function find(account: Account, id: string): StoredWebhookEndpoint {
  const found = account.webhookEndpoints.get(id);
  if (found === undefined) throw noSuchObject('webhook endpoint', id);
  return found;
}

export const webhookEndpointEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/webhook_endpoints',
    params: createParams,
    execute: ({ account, params }) => {
      if (account.webhookEndpoints.size >= MAX_ENDPOINTS) {
        throw invalidRequest(`You have reached the maximum of ${MAX_ENDPOINTS} test webhook endpoints.`);
      }
      return account.webhookEndpoints.add({
        id: account.ids.next('we_'),
        object: 'webhook_endpoint',
        api_version: params.api_version ?? null,
        application: null,
        created: account.clock.nowSeconds(),
        description: params.description || null,
        enabled_events: params.enabled_events,
        livemode: false,
        metadata: mergeMetadata({}, params.metadata),
        secret: account.ids.next('whsec_'),
        status: 'enabled',
        url: params.url,
      });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/webhook_endpoints',
    params: listParams,
    execute: ({ account, params }) => {
      const page = listResources(account.webhookEndpoints, {
        ...params,
        kind: 'webhook endpoint',
        url: '/v1/webhook_endpoints',
      });
      return { ...page, data: page.data.map(withoutSecret) };
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/webhook_endpoints/:id',
    params: retrieveParams,
    execute: ({ account, id }) => withoutSecret(find(account, id)),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/webhook_endpoints/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = find(account, id);
      return withoutSecret(
        account.webhookEndpoints.update(id, {
          description: params.description === undefined ? before.description : params.description || null,
          enabled_events: params.enabled_events ?? before.enabled_events,
          metadata: mergeMetadata(before.metadata, params.metadata),
          status: params.disabled === undefined ? before.status : params.disabled ? 'disabled' : 'enabled',
          url: params.url ?? before.url,
        }),
      );
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/v1/webhook_endpoints/:id',
    params: deleteParams,
    execute: ({ account, id }) => {
      find(account, id);
      account.webhookEndpoints.remove(id);
      return { id, object: 'webhook_endpoint', deleted: true };
    },
  }),
];
