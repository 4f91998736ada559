import { policyOf } from '../domain/category.ts';
import { NotPayable, StripeRefused, StripeUnavailable } from '../domain/errors.ts';
import { dueOf, netOf, type Order, openSurface, paidAt, payability, paymentsOf } from '../domain/order.ts';
import { noteClick } from '../domain/order-changes.ts';
import { legacyTokenHash, openToken } from '../domain/pay-token.ts';
import { type Follower, followerOf } from '../domain/scanner.ts';
import type { PageContent } from '../pages/page.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { type MintDeps, mintLink } from './mint-link.ts';

export type ClickDeps = MintDeps & Pick<Deps, 'legacyToken'>;
export type ClickAnswer = { kind: 'redirect'; url: string } | { kind: 'page'; page: PageContent };

export type Click = {
  token: string;
  backFromStripe: boolean;
  /** What the request tells of who follows the link. */
  client: { method: string; userAgent: string | undefined };
};

/**
 * What is true now for whoever opens a mailed URL. Changes nothing that a person would notice: that they were led to
 * pay is noted, once an hour.
 */
export const answerClick = async (input: Click, deps: ClickDeps): Promise<ClickAnswer> => {
  const found = await orderIdOf(input.token, deps);
  if (found.kind !== 'order') return page({ kind: found.kind });
  const order = await deps.orders.get(found.orderId);
  if (order === undefined) {
    deps.log('click.order_missing', { orderId: found.orderId });
    return page({ kind: 'not_found' });
  }
  const standing = payability(order, deps.clock.now());
  if (standing !== 'payable') return page(endedPage(order, standing));
  // The parameter can only withhold a redirect: a parent who comes from Stripe is never sent to pay again.
  if (input.backFromStripe) return page({ kind: 'on_its_way', amount: dueOf(order) });
  if (policyOf(order.category).contractCheckedOnClick) {
    const player = await deps.roster.player(order.playerId);
    if (player?.contract.state !== 'signed') {
      return page({
        kind: 'sign_contract',
        playerName: player?.name ?? null,
        signUrl: player?.contract.signUrl ?? null,
      });
    }
  }
  const by = followerOf(input.client);
  const surface = openSurface(order, deps.clock.now());
  if (surface === undefined) return await mintNow(order, by, deps);
  await note(order, by, deps);
  return { kind: 'redirect', url: surface.url };
};

/** One write, at most once an hour. The answer stands whatever becomes of it: a click that is not counted harms nobody. */
const note = async (order: Order, by: Follower, deps: ClickDeps): Promise<void> => {
  const change = (current: Order): Order => noteClick(current, by, deps.clock.now());
  if (change(order) === order) return;
  try {
    await changeOrder({ orderId: order.orderId, read: order, change }, deps);
  } catch (error) {
    deps.log('click.not_noted', { orderId: order.orderId, error: (error as Error).name });
  }
};

/** Garbage costs no I/O: only a token of ours, or one that looks like the older system's, is looked up. */
const orderIdOf = async (
  token: string,
  deps: ClickDeps,
): Promise<{ kind: 'order'; orderId: string } | { kind: 'not_found' | 'replaced' }> => {
  const opened = openToken(await deps.tokens.keys(), 'pay', token);
  if (opened.kind === 'valid') return { kind: 'order', orderId: opened.subject };
  if (opened.kind === 'revoked') return { kind: 'replaced' };
  if (deps.legacyToken?.test(token) !== true) return { kind: 'not_found' };
  const orderId = await deps.orders.find({ kind: 'legacy_token', hash: legacyTokenHash(token) });
  return orderId === undefined ? { kind: 'not_found' } : { kind: 'order', orderId };
};

const page = (content: PageContent): ClickAnswer => ({ kind: 'page', page: content });

const mintNow = async (order: Order, by: Follower, deps: ClickDeps): Promise<ClickAnswer> => {
  try {
    const surface = await mintLink({ orderId: order.orderId, read: order, followedBy: by }, deps);
    return { kind: 'redirect', url: surface.url };
  } catch (error) {
    if (error instanceof NotPayable) {
      // Settled between our read and our write: say what it is now.
      const now = await deps.orders.get(order.orderId);
      const standing = now === undefined ? 'payable' : payability(now, deps.clock.now());
      if (now !== undefined && standing !== 'payable') return page(endedPage(now, standing));
    }
    if (error instanceof StripeUnavailable || error instanceof StripeRefused || error instanceof NotPayable) {
      deps.log('click.no_surface', { orderId: order.orderId, error: error.code, ...error.evidence });
      return page({ kind: 'unavailable' });
    }
    throw error;
  }
};

const endedPage = (
  order: Order,
  standing: Exclude<ReturnType<typeof payability>, 'payable'>,
): PageContent => {
  switch (standing) {
    case 'paid':
      return { kind: 'paid', amount: netOf(order), at: paidAt(order) ?? null };
    case 'processing':
      return { kind: 'processing', amount: dueOf(order) };
    case 'review':
      return { kind: 'review', received: netOf(order) };
    case 'refunded':
      return { kind: 'refunded', amount: paymentsOf(order).at(-1)?.amount ?? dueOf(order) };
    case 'closed':
      return { kind: 'closed', payBy: order.payBy };
    case 'canceled':
    case 'waived':
      return { kind: standing };
  }
};
