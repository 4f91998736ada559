import { WrongAccount } from '../domain/errors.ts';
import { type SurfaceAtStripe, surfaceKindOf } from '../domain/recovery-plan.ts';
import type { Deps } from './deps.ts';
import { patiently } from './patiently.ts';

export type AskDeps = Pick<Deps, 'stripe' | 'site' | 'clock' | 'log'>;

/**
 * What Stripe says of an order's object, by the prefix of its id; null for an id that it can't be asked about. A link
 * that somebody has completed a page of is not just inactive: it is paid, or being paid.
 */
export const askStripe = async (
  { orderId, stripeId }: { orderId: string; stripeId: string },
  deps: AskDeps,
): Promise<SurfaceAtStripe | null> => {
  const kind = surfaceKindOf(stripeId, deps.site);
  if (kind === 'unknown' || kind === 'other_mode') {
    deps.log(`recover.${kind === 'unknown' ? 'unknown_prefix' : kind}`, { orderId, stripeId });
    return null;
  }
  const found = await patiently(() => deps.stripe.lookUpSurface(stripeId), deps);
  if (kind !== 'payment_link' || found.state !== 'inactive') return found;
  const completed = await patiently(() => deps.stripe.hasCompletedSession(stripeId), deps);
  return completed ? { ...found, state: 'complete' } : found;
};

export const wrongAccount = ({ orderId, stripeId }: { orderId: string; stripeId: string }): WrongAccount =>
  new WrongAccount(
    `The Stripe key is of another account: ${stripeId} of order ${orderId} is not there. Nothing was stored. ` +
      'Store the key of the account that families pay to: setup stripe-key.',
    { orderId, stripeId },
  );
