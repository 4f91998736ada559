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
  const owners = await ownersOf(told, work);
  const orders = await readOrders(
    [...new Set(owners.values())].filter((id) => id !== ''),
    work,
  );
  for (const item of told) {
    const orderId = owners.get(item);
    if (orderId === undefined || isYoung(item.at, deps.clock.now())) continue;
    await compare(item, orderId, orders.get(orderId), work);
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
const ownersOf = async (told: readonly Told[], { deps }: Work): Promise<ReadonlyMap<Told, string>> => {
  const unmarked = told.filter(({ metadata }) => metadata.system === undefined);
  const imported =
    unmarked.length === 0
      ? new Map<string, string>()
      : await deps.orders.findByStripeIds(unmarked.flatMap(idsOf));
  const owners = new Map<Told, string>();
  for (const item of told) {
    const owner =
      item.metadata.system === deps.site.system
        ? (item.metadata.order_id ?? '')
        : idsOf(item)
            .map((id) => imported.get(id))
            .find((orderId) => orderId !== undefined);
    if (owner !== undefined) owners.set(item, owner);
  }
  return owners;
};

const idsOf = ({ notice, metadata }: Told): string[] => {
  if (metadata.system !== undefined) return [];
  return [notice.paymentId, notice.kind === 'payment' ? notice.surfaceId : null].filter((id) => id !== null);
};
