import type { Endpoint } from '../endpoint.ts';
import { balanceEndpoints } from '../resources/balance-transactions.ts';
import { chargeEndpoints } from '../resources/charges.ts';
import { checkoutSessionEndpoints } from '../resources/checkout-sessions.ts';
import { customerEndpoints } from '../resources/customers.ts';
import { disputeEndpoints } from '../resources/disputes.ts';
import { eventEndpoints } from '../resources/events.ts';
import { paymentIntentEndpoints } from '../resources/payment-intents.ts';
import { paymentLinkEndpoints } from '../resources/payment-links.ts';
import { paymentMethodEndpoints } from '../resources/payment-methods.ts';
import { priceEndpoints } from '../resources/prices.ts';
import { productEndpoints } from '../resources/products.ts';
import { refundEndpoints } from '../resources/refunds.ts';
import { webhookEndpointEndpoints } from '../resources/webhook-endpoints.ts';

/** Every operation that the simulator knows. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...paymentLinkEndpoints,
  ...checkoutSessionEndpoints,
  ...productEndpoints,
  ...priceEndpoints,
  ...customerEndpoints,
  ...paymentMethodEndpoints,
  ...paymentIntentEndpoints,
  ...chargeEndpoints,
  ...refundEndpoints,
  ...disputeEndpoints,
  ...balanceEndpoints,
  ...eventEndpoints,
  ...webhookEndpointEndpoints,
];

export type Route = { readonly endpoint: Endpoint; readonly id: string };

const ROUTES = ENDPOINTS.map((endpoint) => ({
  endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(':id', '([^/]+)')}$`),
}));

export function findRoute(method: string, path: string): Route | undefined {
  for (const { endpoint, pattern } of ROUTES) {
    const match = endpoint.method === method ? pattern.exec(path) : null;
    if (match !== null) return { endpoint, id: decodeURIComponent(match[1] ?? '') };
  }
  return undefined;
}
