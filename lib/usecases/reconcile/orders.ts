import { dueOf, type Order } from '../../domain/order.ts';
import {
  type Cell,
  isNews,
  isStranded,
  isYoung,
  linkToCheck,
  unsettledFacts,
} from '../../domain/reconciliation.ts';
import { factIn } from './kinds.ts';
import { readOrders, type Step, suspect, type Work, withProblem } from './work.ts';

const PAGE = 100;

/** A page of a product's orders, beside the links that were active. Stripe is asked only about those that look wrong. */
export const ordersStep = async (
  { productId, shard }: Extract<Cell, { kind: 'orders' }>,
  cursor: string | null,
  work: Work,
): Promise<Step> => {
  const { deps, hold } = work;
  const q = { productId, shard, limit: PAGE, ...(cursor !== null && { after: cursor }) };
  const page = await deps.orders.pageOfShard(q);
  const orders = await readOrders(
    page.items.map(({ orderId }) => orderId),
    work,
  );
  const { linksFrom } = hold.run();
  const wasActive = await work.wasActive();
  let stranded = 0;
  for (const order of orders.values()) {
    const now = deps.clock.now();
    if (linksFrom !== null) {
      const linkId = linkToCheck(order, linksFrom, now);
      if (linkId !== undefined && !wasActive(linkId)) await lookAtLink(order, linkId, work);
      if (isStranded(order, wasActive, now)) stranded += 1;
    }
    await lookAtUnsettled(order, work);
  }
  const looked = { orders: page.items.length };
  const also = (run: ReturnType<typeof hold.run>) => ({ ...run, stranded: run.stranded + stranded });
  return { next: page.next, looked, also };
};

/** The order's own link was not among the active ones: paid on, or switched off by hand. */
const lookAtLink = async (order: Order, linkId: string, work: Work): Promise<void> => {
  const { deps, hold } = work;
  const { orderId } = order;
  const due = dueOf(order);
  const inactive = { kind: 'inactive_surface', about: linkId, via: null, orderId, amount: due } as const;
  if (await suspect(inactive, work)) return;
  const link = await deps.books.link(linkId);
  if (link === undefined) {
    hold.change(
      withProblem(
        `Link ${linkId} of order ${orderId} is not at Stripe, and links are never deleted there: is the key of another account?`,
      ),
    );
    return;
  }
  if (link.active) return;
  for (const { id, notice, at } of await deps.books.paymentsOn(linkId)) {
    if (notice === null || isYoung(at, deps.clock.now()) || !isNews(order, factIn(notice))) continue;
    const { paymentId: about, amount } = notice;
    await suspect({ kind: 'lost_payment', about, via: id, orderId, amount }, work);
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
