import { attentionItemsOf } from '../../../lib/domain/attention.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import type { Club } from '../club.ts';
import { SITE } from '../club.ts';
import { ownersOf, type Truth, truthOf } from '../truth.ts';

/** A paid order is marked paid, nobody pays twice silently, and all money is accounted for. */
export const checkMoney = async (club: Club): Promise<void> => {
  const owners = ownersOf(club);
  let bookedMinor = 0;
  for (const order of club.watched.now()) {
    const truth = truthOf(club, order, owners);
    bookedMinor += truth.netMinor;
    checkFacts(club, order, truth);
    checkStatus(club, order, truth);
    checkAttention(club, order, truth);
  }
  await checkUnmatched(club, owners);
  const others = [...club.account.payments()]
    .filter(({ id, state }) => !owners.has(id) && state === 'succeeded')
    .reduce((sum, { id, amountMinor }) => sum + amountMinor - backOf(club, id), 0);
  if (club.account.balanceMinor() !== bookedMinor + others) {
    club.violated({
      promise: 'money adds up',
      detail: `Stripe holds ${club.account.balanceMinor()}, orders and others come to ${bookedMinor + others}`,
    });
  }
};

const backOf = (club: Club, paymentId: string): number =>
  [...club.account.refunds(), ...club.account.disputes()]
    .filter((one) => one.paymentId === paymentId && (one.state === 'succeeded' || one.state === 'lost'))
    .reduce((sum, one) => sum + one.amountMinor, 0);

/** Whatever Stripe knows of its payments the order knows. */
const checkFacts = (club: Club, order: Order, truth: Truth): void => {
  const { orderId, facts } = order;
  const expect = (key: string, state: string, amountMinor: number): void => {
    const fact = facts[key];
    const known = fact !== undefined && 'state' in fact ? fact.state : 'nothing';
    const amount = fact !== undefined && 'amount' in fact ? fact.amount?.amountMinor : undefined;
    if (known !== state || amount !== amountMinor) {
      club.violated({
        promise: 'a paid order is marked paid',
        detail: `${key} is ${state} (${amountMinor}) at Stripe, and ${known} (${amount}) here`,
        orderId,
      });
    }
  };
  const ids = new Set(truth.payments.map(({ id }) => id));
  for (const { id, state, amountMinor } of truth.payments) expect(`payment:${id}`, state, amountMinor);
  for (const refund of club.account.refunds()) {
    if (ids.has(refund.paymentId)) expect(`refund:${refund.id}`, refund.state, refund.amountMinor);
  }
  for (const dispute of club.account.disputes()) {
    if (ids.has(dispute.paymentId)) expect(`dispute:${dispute.id}`, dispute.state, dispute.amountMinor);
  }
};

const checkStatus = (club: Club, order: Order, truth: Truth): void => {
  const status = statusOf(order);
  if (status === truth.status) return;
  club.violated({
    promise: 'a paid order is marked paid',
    detail: `it is ${status} here, and ${truth.status} by what Stripe has: ${truth.netMinor} of ${truth.dueMinor}`,
    orderId: order.orderId,
  });
};

/** There is an item for a person exactly where the money does not fit, is disputed, or could not be given back. */
const checkAttention = (club: Club, order: Order, truth: Truth): void => {
  const { orderId, facts } = order;
  const settled = new Set(
    Object.values(facts).flatMap((fact) =>
      fact.kind === 'decision' && fact.decision === 'settle' ? [fact.about] : [],
    ),
  );
  const due = new Set<string>();
  const want = (reason: string, about: string): void => void due.add(`attention:${reason}:${about}`);
  const kept = truth.payments
    .filter(({ keptMinor }) => keptMinor !== 0)
    .map(({ id }) => ({ id, at: facts[`payment:${id}`]?.at ?? '' }))
    .sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
  if (truth.status === 'review') {
    if (truth.ended !== null) for (const { id } of kept) want('payment_on_ended_order', id);
    else if (kept.length === 1) for (const { id } of kept) want('wrong_amount', id);
    else for (const { id } of kept.slice(1)) want('second_payment', id);
  }
  const ids = new Set(truth.payments.map(({ id }) => id));
  for (const { id, paymentId, state } of club.account.disputes()) {
    if (ids.has(paymentId) && state === 'needs_response') want('dispute', id);
  }
  for (const { id, paymentId, state } of club.account.refunds()) {
    if (ids.has(paymentId) && state === 'failed') want('refund_failed', id);
  }
  const open = attentionItemsOf(order)
    .map(({ reason, about }) => `attention:${reason}:${about}`)
    // What Stripe refused to give back is known to the order alone, and so is what it was told of a contract.
    .filter(
      (key) => !key.startsWith('attention:refund_failed:none_') && !key.includes(':payment_after_contract:'),
    );
  const missing = [...due].filter((key) => !settled.has(key) && !open.includes(key));
  const needless = open.filter((key) => !due.has(key) || settled.has(key));
  if (missing.length + needless.length === 0) return;
  club.violated({
    promise: 'whatever needs a person is shown to one, and nothing else',
    detail: `missing: ${missing.join(' ') || 'none'}; needless: ${needless.join(' ') || 'none'}`,
    orderId,
  });
};

/** Money that is marked as ours and has no order is kept for a person; another system's is not. */
const checkUnmatched = async (club: Club, owners: ReadonlyMap<string, string>): Promise<void> => {
  for (const { id, state, metadata, sessionId } of club.account.payments()) {
    const completed = [...club.account.sessions()].some(
      (one) => one.id === sessionId && one.state === 'complete',
    );
    if (state === 'processing' || !completed || owners.has(id)) continue;
    const kept = await club.stores.orders.unmatched(id);
    const isOurs = metadata.system === SITE.system;
    if (isOurs === (kept !== undefined)) continue;
    club.violated({
      promise: 'nothing is lost',
      detail: isOurs
        ? `${id} is marked as ours, has no order, and nobody is told`
        : `${id} is another system's, and was kept`,
    });
  }
};
