import { orderComes, orderStands, productStands } from './acts/families.ts';
import {
  changeFamily,
  compare,
  contractNews,
  decide,
  handleAttention,
  mailing,
  mint,
  recover,
  remind,
  rotateKeys,
  settleHeldMail,
  settleUnmatchedPayment,
  steer,
  tickNow,
} from './acts/office.ts';
import { checkoutOnSite, openPage, stopReminders } from './acts/parents.ts';
import { bill, changeProduct, closeStray, forget, readReport } from './acts/records.ts';
import {
  activateAtStripe,
  deactivateAtStripe,
  dispute,
  lateLink,
  refundAtStripe,
  somebodyElsesPayment,
  strayLink,
} from './acts/stripe-side.ts';
import { type Club, type Line, openClub } from './club.ts';
import { type Act, DAY, HOUR, MINUTE, type Plan } from './plan.ts';
import { checkClicks, checkPromises } from './promises.ts';

/** Lives through a history, lets it settle, and checks every promise. */
export const live = async (plan: Plan, tell?: (line: Line) => void): Promise<Club> => {
  const club = openClub(plan, tell);
  const { timeline } = club;
  const at = (ms: number, happen: (club: Club) => void | Promise<void>): void =>
    timeline.at(plan.startsMs + ms, () => void act(club, happen));
  for (const product of plan.products) at(0, () => productStands(club, product));
  for (const order of plan.orders) {
    if (order.comesMs === 0) at(0, () => orderStands(club, order));
    else at(order.comesMs + 5 * MINUTE, (by) => orderComes(by, order));
  }
  for (const one of plan.acts) at(one.atMs + 5 * MINUTE, (by) => happens(by, one));
  await timeline.run(plan.startsMs + plan.days * DAY);
  await settle(club);
  await checkPromises(club);
  timeline.at(timeline.nowMs(), () => void act(club, checkClicks));
  await timeline.run(timeline.nowMs() + HOUR);
  return club;
};

/** Somebody does something, to its end. */
const act = async (club: Club, happen: (club: Club) => void | Promise<void>): Promise<void> => {
  const who = club.enter();
  try {
    await happen(club.for(who));
  } catch (error) {
    club.violated({ promise: 'no function breaks', detail: (error as Error).stack ?? String(error) });
  } finally {
    who.leave();
  }
};

const happens = (club: Club, act: Act): void | Promise<void> => {
  switch (act.kind) {
    case 'open_page':
      return openPage(club, act);
    case 'start_checkout':
      return checkoutOnSite(club, act);
    case 'decide':
      return decide(club, act);
    case 'handle_attention':
      return handleAttention(club, act);
    case 'settle_held':
      return settleHeldMail(club, act);
    case 'settle_unmatched':
      return settleUnmatchedPayment(club, act);
    case 'refund_at_stripe':
      return refundAtStripe(club, act);
    case 'dispute':
      return dispute(club, act);
    case 'deactivate_at_stripe':
      return deactivateAtStripe(club, act.order);
    case 'activate_at_stripe':
      return activateAtStripe(club, act.order);
    case 'mailing':
      return mailing(club, act);
    case 'steer':
      return steer(club, act);
    case 'contract':
      return contractNews(club, act);
    case 'change_family':
      return changeFamily(club, act);
    case 'mint':
      return mint(club, act.order);
    case 'unsubscribe':
      return stopReminders(club, act.order);
    case 'remind':
      return remind(club, act);
    case 'tick':
      return tickNow(club);
    case 'recover':
      return recover(club, act);
    case 'reconcile':
      return compare(club, act);
    case 'rotate_keys':
      return rotateKeys(club, act.step);
    case 'forget':
      return forget(club, act);
    case 'bill':
      return bill(club, act);
    case 'change_product':
      return changeProduct(club, act);
    case 'report':
      return readReport(club, act);
    case 'late_link':
      return lateLink(club, act);
    case 'stray_link':
      return strayLink(club);
    case 'close_link':
      return closeStray(club, act);
    case 'somebody_elses_payment':
      return somebodyElsesPayment(club, act.marked);
  }
};

/**
 * Nothing goes wrong any more, what was given up is tried again, and time passes: enough for every repetition, sweep and
 * daily comparison that is still to come.
 */
const settle = async (club: Club): Promise<void> => {
  club.calm();
  club.note('time', 'from here on nothing goes wrong');
  club.post.raiseQuota();
  const { timeline, queues } = club;
  const pass = async (ms: number): Promise<void> => {
    await timeline.run(timeline.nowMs() + ms);
  };
  await pass(3 * DAY);
  for (const queue of Object.values(queues)) queue.redrive();
  await pass(HOUR);
  for (const ms of [HOUR, DAY, HOUR]) {
    timeline.at(timeline.nowMs(), () => void act(club, tickNow));
    await pass(ms);
  }
  // Until half a minute is quiet: what happened at the last moment is still to be told of.
  let before: number;
  do {
    before = club.counts.events;
    await pass(MINUTE / 2);
  } while (club.counts.events > before);
};
