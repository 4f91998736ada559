import { hash } from 'node:crypto';
import { policyOf } from '../domain/category.ts';
import { dueOf, type Order } from '../domain/order.ts';
import { signToken, type TokenKeys } from '../domain/pay-token.ts';
import type { Language, Product } from '../domain/roster.ts';
import type { Club, Site, SurfaceRequest } from '../ports.ts';
import { words } from '../words/words.ts';

/** The address that is mailed, and that Stripe sends a parent back to. */
export const payUrl = (order: Pick<Order, 'orderId' | 'category'>, keys: TokenKeys, site: Site): string => {
  const token = signToken(keys, 'pay', order.orderId);
  return policyOf(order.category).mailedPath === 'pay'
    ? `${site.baseUrl}/pay/${token}`
    : `${site.baseUrl}/checkout/first-payment?token=${token}`;
};

/** Where Stripe puts the id of the session when it sends a parent back. */
const SESSION_PLACEHOLDER = '{CHECKOUT_SESSION_ID}';

/** What Stripe is asked to make for an order as it is now. A pure function: equal orders give equal requests. */
export const surfaceRequest = (
  { order, product, language, keys }: { order: Order; product: Product; language: Language; keys: TokenKeys },
  place: { club: Club; site: Site },
  onSite?: { successUrl: string; cancelUrl: string },
): SurfaceRequest => {
  const policy = policyOf(order.category);
  const say = words[language].surface;
  const back = payUrl(order, keys, place.site);
  return {
    kind: policy.surface,
    amount: dueOf(order),
    product: {
      name: order.period === null ? product.name : `${product.name} ${order.period}`,
      description: product.description,
      stripeProductId: product.stripeProductId,
    },
    saveCard: policy.saveCard,
    customText: policy.saveCard
      ? say.keepsCard(product.laterCharges ?? say.laterCharges(place.club.name))
      : null,
    inactiveMessage: say.inactive(place.club.name, place.club.contact),
    returnUrl: onSite?.successUrl ?? `${back}${back.includes('?') ? '&' : '?'}session=${SESSION_PLACEHOLDER}`,
    cancelUrl: policy.surface === 'payment_link' ? null : (onSite?.cancelUrl ?? back),
    metadata: {
      system: place.site.system,
      order_id: order.orderId,
      player_id: order.playerId,
      product_id: order.productId,
      generation: String(order.generation),
    },
  };
};

export const digestOf = (request: SurfaceRequest): string =>
  hash('sha256', JSON.stringify(request), 'hex').slice(0, 32);
