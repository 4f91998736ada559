import { dueOf, type Order } from '../../domain/order.ts';
import {
  type Cell,
  isYoung,
  linkToCheck,
  type Run,
  SHARDS_OF_A_CELL,
  strandedOn,
  unsettledFacts,
} from '../../domain/reconciliation.ts';
import { isBookable } from '../fulfil-payment.ts';
import { visibleKeys } from '../visible.ts';
import { linkAsItIs } from './kinds.ts';
import { asFarAsAllowed, found, readOrders, type Step, suspect, type Work, withProblem } from './work.ts';

const PAGE = 100;

/**
 * Some of a product's orders, beside the links that were active: about a page of them, of as many shards as it takes.
 * Stripe is asked only about those that look wrong.
 */
export const ordersStep = async (
  { productId, firstShard }: Extract<Cell, { kind: 'orders' }>,
  cursor: string | null,
  work: Work,
): Promise<Step> => {
  const { deps, hold } = work;
  const orderIds: string[] = [];
  let place = placeIn(cursor, firstShard);
  while (place !== undefined && orderIds.length < PAGE) {
    const { shard, after } = place;
    const q = { productId, shard, limit: PAGE - orderIds.length, ...(after !== '' && { after }) };
    const page = await deps.orders.pageOfShard(q);
    orderIds.push(...page.items.map(({ orderId }) => orderId));
    place = page.next === undefined ? shardBehind(shard, firstShard) : { shard, after: page.next };
  }
  const orders = await readOrders(orderIds, work);
  const wasActive = await work.wasActive();
  // What an import has not brought in as a whole yet was mailed by nobody.
  const counted = new Set((await visibleKeys([...orders.values()], deps)).map(({ orderId }) => orderId));
  const stranded = { sessions: 0, links: 0 };
  for (const order of orders.values()) {
    const now = deps.clock.now();
    const { linksFrom } = hold.run();
    await asFarAsAllowed('orders', work, async () => {
      const linkId = linksFrom === null ? undefined : linkToCheck(order, linksFrom, now);
      if (linkId !== undefined && !wasActive(linkId)) await lookAtLink(order, linkId, work);
      await lookAtUnsettled(order, work);
    });
    const on = counted.has(order.orderId) ? strandedOn(order, wasActive, now) : undefined;
    if (on !== undefined) stranded[on] += 1;
  }
  const also = (run: Run): Run => ({
    ...run,
    stranded: {
      sessions: run.stranded.sessions + stranded.sessions,
      links: run.stranded.links + stranded.links,
    },
  });
  const next = place && `${place.shard} ${place.after}`;
  return { next, looked: { orders: orderIds.length }, also };
};

/** The shard, and the order behind which to go on; empty at its start. */
type Place = { shard: number; after: string };

const placeIn = (cursor: string | null, firstShard: number): Place | undefined => {
  if (cursor === null) return { shard: firstShard, after: '' };
  const [shard = '', after = ''] = cursor.split(' ');
  return { shard: Number(shard), after };
};

const shardBehind = (shard: number, firstShard: number): Place | undefined =>
  shard + 1 < firstShard + SHARDS_OF_A_CELL ? { shard: shard + 1, after: '' } : undefined;

/** The order's own link was not among the active ones: paid on, or switched off by hand. */
const lookAtLink = async (order: Order, linkId: string, work: Work): Promise<void> => {
  const { deps, hold } = work;
  const { orderId } = order;
  await hold.keep();
  const seen = await linkAsItIs({ orderId, linkId }, deps);
  if (seen.state === 'inactive') {
    await found({ kind: 'inactive_surface', about: linkId, via: null, orderId, amount: dueOf(order) }, work);
  }
  if (seen.state === 'paid') {
    for (const { id, notice, at } of seen.payments) {
      if (isYoung(at, deps.clock.now())) continue;
      const { paymentId: about, amount } = notice;
      if (isBookable(notice, deps)) {
        await found({ kind: 'lost_payment', about, via: id, orderId, amount }, work);
      } else {
        await suspect({ kind: 'unmatched', about, via: id, orderId, amount }, work);
      }
    }
  }
  if (seen.state === 'missing') {
    const problem = `Link ${linkId} of order ${orderId} is not at Stripe, where links are never deleted: the stored key is of another account. Store the right one with "setup stripe-key".`;
    // None of the others is there either.
    hold.change((run) => (run.linksFrom === null ? run : { ...withProblem(problem)(run), linksFrom: null }));
  }
};

/** A debit under way, a refund that is pending, an open dispute: read one by one, for they may be older than any list. */
const lookAtUnsettled = async (order: Order, work: Work): Promise<void> => {
  const { deps } = work;
  for (const fact of unsettledFacts(order, deps.clock.now())) {
    const via = fact.kind === 'payment' ? fact.sessionId : fact.id;
    if (via === undefined) continue;
    const { orderId } = order;
    await suspect({ kind: `lost_${fact.kind}`, about: fact.id, via, orderId, amount: fact.amount }, work);
  }
};
