import { dueOf, type Order } from '../../../lib/domain/order.ts';
import { signToken } from '../../../lib/domain/pay-token.ts';
import { answerClick, type ClickAnswer } from '../../../lib/usecases/answer-click.ts';
import { startCheckout } from '../../../lib/usecases/start-checkout.ts';
import { unsubscribe } from '../../../lib/usecases/unsubscribe.ts';
import type { Club } from '../club.ts';
import { MINUTE, type OpenPage } from '../plan.ts';
import { olderTokenOf, orderIdOf, playerIdOf } from './families.ts';
import { closedByHand, refundPaymentOf } from './stripe-side.ts';

type Payment = Pick<OpenPage, 'does' | 'afterMs' | 'debitEnds' | 'debitTakesMs'>;

const agents = {
  parent: { method: 'GET', userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari/605.1' },
  second_phone: { method: 'GET', userAgent: 'Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile' },
  scanner: { method: 'HEAD', userAgent: 'BarracudaCentral/1.0' },
} as const;

/** Somebody opens an address that was mailed: the latest, or now and then an older one. */
export const openPage = async (club: Club, act: OpenPage): Promise<void> => {
  const orderId = laterFee(club, act) ?? orderIdOf(act.order);
  const token = tokenAtHand(club, orderId, act);
  if (token === undefined) return;
  await openToken(club, { orderId, token, by: act.by, payment: act, about: `${orderId}/${act.id}` });
};

/** Where the fees of a later month were mailed, half of those who come do so for that. */
const laterFee = (club: Club, { order, id }: OpenPage): string | undefined => {
  if (!club.plan.bills || club.randomOf('which month', id).chance(0.5)) return undefined;
  for (const { orderId, playerId } of club.watched.now()) {
    const isLater = playerId === playerIdOf(order) && orderId !== orderIdOf(order);
    if (isLater && club.post.about(orderId).length > 0) return orderId;
  }
  return undefined;
};

/** The token of a mail about the order; where there is none, that of a mail of before. */
const tokenAtHand = (club: Club, orderId: string, { order, id }: OpenPage): string | undefined => {
  const mails = club.post.about(orderId);
  if (mails.length === 0) return olderMail(club, order);
  const mail = club.randomOf('mail at hand', id).chance(0.7) ? mails.at(-1) : mails[0];
  return mail?.url.split(/[/=]/).at(-1);
};

const olderMail = (club: Club, index: number): string | undefined => {
  const planned = club.plan.orders.find((one) => one.index === index);
  if (planned?.older != null) return olderTokenOf(index);
  if (!club.plan.mailedBefore || planned?.product.category === 'jersey') return undefined;
  return signToken(club.keys.first, 'pay', orderIdOf(index));
};

const openToken = async (
  club: Club,
  {
    orderId,
    token,
    by,
    payment,
    about,
  }: { orderId: string; token: string; by: OpenPage['by']; payment: Payment; about: string },
): Promise<void> => {
  club.note(by, `opens the mailed page of ${orderId}`, orderId);
  const before = club.watched.of(orderId);
  const whyNot = whyNotToPay(club, token, before);
  const startedMs = club.timeline.nowMs();
  const answer = await clicked(club, { about, token, backFromStripe: false, by });
  if (answer === undefined) return;
  if (answer.kind === 'page') {
    club.note(by, `reads: ${answer.page.kind}`, orderId);
    return;
  }
  if (whyNot !== undefined) {
    const detail = `${whyNot}, and a click leads to ${answer.url}`;
    club.violated({ promise: 'only what is owed can be paid', detail, orderId });
  }
  const page = club.account.payer.visit(answer.url);
  if (page.kind === 'closed') {
    mayBeClosed(club, { orderId, url: answer.url, why: page.why, before });
    return;
  }
  checkTimeLeft(club, orderId, page.sessionId);
  checkAmount(club, orderId, page.amount.amountMinor, startedMs);
  if (by === 'scanner') return;
  await payOn(club, page, payment, { orderId, by, about });
};

const clicked = async (
  club: Club,
  click: { about: string; token: string; backFromStripe: boolean; by: OpenPage['by'] },
): Promise<ClickAnswer | undefined> => {
  const { about, token, backFromStripe, by } = click;
  const input = { token, backFromStripe, client: agents[by] };
  // A page that could not be shown says so and tries again by itself.
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await club.call('first-payment', about, (deps) => answerClick(input, deps));
    if (outcome.kind === 'done') {
      club.seen.push(['answer', outcome.value.kind === 'redirect' ? 'redirect' : outcome.value.page.kind]);
      if (!isTryAgain(outcome.value)) return outcome.value;
    }
    await club.sleep(20_000);
  }
  // Whoever stands in front of the last one has waited for a minute.
  if (!club.befell.some(({ call }) => call === `first-payment/${about}#${TRIES}`)) {
    const detail = `${about}: ${TRIES} clicks are not answered, and nothing befell the last of them`;
    club.violated({ promise: 'never a dead link', detail });
  }
  return undefined;
};
const TRIES = 4;

const isTryAgain = (answer: ClickAnswer): boolean =>
  answer.kind === 'page' && answer.page.kind === 'unavailable';

/** Why a click may not lead to a page, found by other means than the code's own. */
const whyNotToPay = (club: Club, token: string, order: Order | undefined): string | undefined => {
  if (club.keys.revoked.some((key) => token.startsWith(`${key}-`))) return 'its token is of a revoked key';
  const closesAt = order?.closesAt ?? null;
  const isClosed = closesAt !== null && closesAt <= club.timeline.instant(-CLOCKS_APART_MS);
  return isClosed ? `it closed at ${closesAt}` : undefined;
};
const CLOCKS_APART_MS = 5_000;

/**
 * A click led to a page at Stripe that takes no money. That is right only for the moment in which Stripe knows better than
 * the order: somebody had just paid on it, or closed it there by hand, or the order was changing.
 */
const mayBeClosed = (
  club: Club,
  { orderId, url, why, before }: { orderId: string; url: string; why: string; before: Order | undefined },
): void => {
  club.note('parent', `finds the page closed: ${why}`, orderId);
  const states = club.watched.since(orderId, club.timeline.nowMs() - MINUTE);
  const surface = [before, ...states]
    .flatMap((order) => order?.surfaces ?? [])
    .find((one) => one.url === url);
  if (surface === undefined) return;
  const { stripeId } = surface;
  const isPaid = [...club.account.payments()].some(({ surfaceId }) => surfaceId === stripeId);
  const isClosedByHand = closedByHand.get(club.account)?.has(stripeId) === true;
  const wasChanging = states.length > 1 || states.some(({ generation }) => surface.generation < generation);
  if (isPaid || isClosedByHand || wasChanging) return;
  club.violated({
    promise: 'never a dead link',
    detail: `a click on ${orderId} led to ${stripeId}, which is closed: ${why}`,
    orderId,
  });
};

/** Whoever has come to a page has the time to find a card. */
const checkTimeLeft = (club: Club, orderId: string, sessionId: string): void => {
  for (const { id, expiresAtMs } of club.account.sessions()) {
    const leftMs = expiresAtMs - club.timeline.nowMs();
    if (id !== sessionId || leftMs > 5 * MINUTE) continue;
    const detail = `a click on ${orderId} led to ${id}, which ends in ${leftMs / 1_000} seconds`;
    club.violated({ promise: 'never a dead link', detail, orderId });
  }
};

/** The page asks for what was owed when somebody clicked, or has been since. */
const checkAmount = (club: Club, orderId: string, amountMinor: number, clickedMs: number): void => {
  const dues = club.watched.since(orderId, clickedMs).map((order) => dueOf(order).amountMinor);
  if (dues.includes(amountMinor)) return;
  const detail = `a page shows ${amountMinor}, and ${orderId} owes ${dues.at(-1)}`;
  club.violated({ promise: 'the amount charged is the amount owed', detail, orderId });
};

/** Now and then somebody is given it back in the dashboard at once: that is told before the payment is, or after. */
const regretOf = (club: Club, { orderId, about }: { orderId: string; about: string }): (() => void) => {
  const { timeline } = club;
  const random = club.randomOf('regret', about);
  if (!random.chance(0.04)) return () => undefined;
  return () =>
    timeline.at(timeline.nowMs() + random.between(100, 5_000), () =>
      refundPaymentOf(club, orderId, { part: 100, ends: 'succeeded' }),
    );
};

const payOn = async (
  club: Club,
  page: { sessionId: string; returnUrl: string },
  { does, afterMs, debitEnds, debitTakesMs }: Payment,
  who: { orderId: string; by: OpenPage['by']; about: string },
): Promise<void> => {
  const { account, timeline } = club;
  const { orderId, by } = who;
  await club.sleep(afterMs);
  if (does === 'abandon') return club.note(by, 'leaves the page without paying', orderId);
  if (does === 'decline_then_pay') {
    account.payer.pay(page.sessionId, 'declined_card');
    club.note(by, `is declined on ${page.sessionId}`, orderId);
    await club.sleep(30_000);
  }
  const known = new Set(account.payer.processing());
  const regret = regretOf(club, who);
  const paid = account.payer.pay(page.sessionId, does === 'debit' ? 'bank_debit' : 'card');
  club.note(by, `pays on ${page.sessionId}: ${paid}`, orderId);
  if (paid === 'processing') {
    const paymentId = account.payer.processing().find((id) => !known.has(id));
    timeline.at(timeline.nowMs() + debitTakesMs, () => {
      if (paymentId === undefined || !account.payer.settle(paymentId, debitEnds)) return;
      club.note('bank', `${paymentId} has ${debitEnds}`, orderId);
      regret();
    });
  }
  if (paid === 'paid') regret();
  if (paid === 'closed') return;
  // Stripe leads back to our page, with the session's id.
  await club.sleep(1_500);
  const url = new URL(page.returnUrl);
  if (!url.searchParams.has('session')) return;
  const token = url.searchParams.get('token') ?? url.pathname.split('/').at(-1) ?? '';
  const answer = await clicked(club, { about: `${who.about}/back`, token, backFromStripe: true, by });
  if (answer?.kind === 'redirect') {
    club.violated({
      promise: 'whoever comes back from Stripe is not sent to pay again',
      detail: `${orderId}: ${answer.url}`,
      orderId,
    });
  }
  if (answer?.kind === 'page') club.note(by, `is back, and reads: ${answer.page.kind}`, orderId);
};

/** On the club's own site, for what is seldom mailed. */
export const checkoutOnSite = async (
  club: Club,
  { id, order, does, afterMs }: { id: number; order: number; does: OpenPage['does']; afterMs: number },
): Promise<void> => {
  const planned = club.plan.orders.find(({ index }) => index === order);
  if (planned === undefined) return;
  const about = `${orderIdOf(order)}/${id}`;
  const startedMs = club.timeline.nowMs();
  const outcome = await club.call('start-checkout', about, (deps) =>
    startCheckout(
      {
        productId: planned.product.productId,
        playerId: playerIdOf(order),
        period: planned.product.period,
        clientRequestId: `request-${id}`,
        successUrl: 'https://club.example/thanks',
        cancelUrl: 'https://club.example/shop',
      },
      deps,
    ),
  );
  if (outcome.kind !== 'done') return;
  const page = club.account.payer.visit(outcome.value.url);
  club.note('parent', `starts a checkout of ${outcome.value.orderId}`, outcome.value.orderId);
  if (page.kind === 'closed') {
    const { orderId, url } = outcome.value;
    return mayBeClosed(club, { orderId, url, why: page.why, before: club.watched.of(orderId) });
  }
  checkTimeLeft(club, outcome.value.orderId, page.sessionId);
  checkAmount(club, outcome.value.orderId, page.amount.amountMinor, startedMs);
  const payment: Payment = { does, afterMs, debitEnds: 'succeeded', debitTakesMs: 3 * 24 * 60 * MINUTE };
  await payOn(club, page, payment, { orderId: outcome.value.orderId, by: 'parent', about });
};

/** The button in a reminder. */
export const stopReminders = async (club: Club, order: number): Promise<void> => {
  const mail = club.post.about(orderIdOf(order)).find(({ unsubscribeUrl }) => unsubscribeUrl !== null);
  const token = mail?.unsubscribeUrl?.split('/').at(-1);
  if (token === undefined) return;
  club.note('parent', 'stops reminders', orderIdOf(order));
  await club.call('unsubscribe', orderIdOf(order), (deps) => unsubscribe({ token, asked: true }, deps));
};
