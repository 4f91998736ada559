import type { Order } from '../../domain/order.ts';
import { type Cell, isNews, isYoung } from '../../domain/reconciliation.ts';
import type { Listing, MoneyAtStripe, Page } from '../../ports.ts';
import { isBookable, unmatchedIdOf } from '../fulfil-payment.ts';
import { factIn, type Told } from './kinds.ts';
import { readOrders, type Step, suspect, type Work } from './work.ts';

type MoneyCell = Extract<Cell, { from: string }>;
type Money = MoneyAtStripe<'payment' | 'refund' | 'dispute'>;

/** A page of payments, refunds or disputes, beside the orders that they are for. */
export const moneyStep = async (
  { kind, from, to }: MoneyCell,
  cursor: string | null,
  work: Work,
): Promise<Step> => {
  const { deps } = work;
  const list: (q: Listing) => Promise<Page<Money>> = deps.books[kind];
  const page = await list({ from, to, ...(cursor !== null && { after: cursor }) });
  const told = page.items.filter((item): item is Told => item.notice !== null);
  const named = await ownersOf(told, work);
  const orders = await readOrders([...named.values()], work);
  // A person may have said whose it is.
  const missing = [...named].flatMap(([item, orderId]) => (orders.has(orderId) ? [] : [item]));
  const assigned = await pointedOwnersOf(missing, work);
  const owners = new Map([...named, ...assigned]);
  const all = new Map([...orders, ...(await readOrders([...assigned.values()], work))]);
  for (const item of told) {
    const orderId = owners.get(item);
    if (orderId === undefined || isYoung(item.at, deps.clock.now())) continue;
    await compare(item, orderId, all.get(orderId), work);
  }
  return {
    next: page.next,
    looked: { [kind]: page.items.length, others: page.items.length - owners.size },
  };
};

const compare = async (item: Told, orderId: string, order: Order | undefined, work: Work): Promise<void> => {
  const { notice } = item;
  const { id, kind } = factIn(notice);
  const { amount, paymentId } = notice;
  if (order !== undefined && isBookable(notice, work.deps)) {
    if (!isNews(order, factIn(notice))) return;
    await suspect({ kind: `lost_${kind}`, about: id, via: item.id, orderId, amount }, work);
    return;
  }
  const about = paymentId === null ? id : unmatchedIdOf(notice, paymentId);
  await suspect({ kind: 'unmatched', about, via: item.id, orderId, amount }, work);
};

/** The order of each that is ours: by its own metadata, or by the Stripe ids that an import brought along. */
const ownersOf = async (told: readonly Told[], work: Work): Promise<ReadonlyMap<Told, string>> => {
  const { system } = work.deps.site;
  const marked = told.filter(({ metadata }) => metadata.system === system);
  const unmarked = told.filter(({ metadata }) => metadata.system === undefined);
  return new Map([
    ...marked.map((item): [Told, string] => [item, item.metadata.order_id ?? '']),
    ...(await pointedOwnersOf(unmarked, work)),
  ]);
};

/** The order that an import brought Stripe's ids along for, or that a person has assigned the payment to. */
const pointedOwnersOf = async (told: readonly Told[], { deps }: Work): Promise<ReadonlyMap<Told, string>> => {
  if (told.length === 0) return new Map();
  const pointed = await deps.orders.findByStripeIds(told.flatMap(idsOf));
  return new Map(
    told.flatMap((item): [Told, string][] => {
      const id = idsOf(item).find((each) => pointed.has(each));
      return id === undefined ? [] : [[item, pointed.get(id) ?? '']];
    }),
  );
};

const idsOf = ({ notice }: Told): string[] =>
  [notice.kind === 'payment' ? notice.surfaceId : null, notice.paymentId].filter((id) => id !== null);
