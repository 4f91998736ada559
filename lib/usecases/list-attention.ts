import { attentionItemsOf, attentionName, detailsOf } from '../domain/attention.ts';
import type { AttentionReason } from '../domain/due-work.ts';
import { DUE_SHARDS, type Instant } from '../domain/ids.ts';
import type { Money } from '../domain/money.ts';
import { type Order, refundsOwed } from '../domain/order.ts';
import type { Page } from '../ports.ts';
import type { Deps } from './deps.ts';
import { type Standing, standingOf } from './state-bound.ts';

/** One thing that a person has to decide about an order, with what there is to know for it. */
export type AttentionRow = Standing & {
  orderId: string;
  productId: string;
  /** `second_payment:pi_…`: what it is settled by. */
  name: string;
  reason: AttentionReason;
  about: string;
  since: Instant;
  /** Until when it must be decided; null where nothing presses. */
  deadline: Instant | null;
  amount: Money | null;
  /** Somebody has decided already to give money back, and that is on its way. */
  refundUnderWay: boolean;
};

/** So many orders are read for an answer. */
const PAGE = 100;

/**
 * What needs a person, page by page through the shards of due work. @param after `next` of the page before
 */
export const listAttention = async (
  { productId, after }: { productId?: string; after?: string },
  { orders }: Pick<Deps, 'orders'>,
): Promise<Page<AttentionRow>> => {
  const [shardText = '0', ...cursor] = after?.split(' ') ?? [];
  let dueShard = Number(shardText);
  let inShard: string | undefined = cursor.length === 0 ? undefined : cursor.join(' ');
  const ids: string[] = [];
  for (; dueShard < DUE_SHARDS && ids.length < PAGE; ) {
    const page = await orders.pageOfAttention({
      dueShard,
      limit: PAGE - ids.length,
      ...(inShard !== undefined && { after: inShard }),
    });
    ids.push(...page.items);
    inShard = page.next;
    if (inShard === undefined) dueShard += 1;
  }
  const found = await orders.getMany(ids);
  const items = found
    .filter((order) => productId === undefined || order.productId === productId)
    .flatMap(rowsOf);
  if (dueShard >= DUE_SHARDS) return { items };
  return { items, next: inShard === undefined ? String(dueShard) : `${dueShard} ${inShard}` };
};

const rowsOf = (order: Order): AttentionRow[] =>
  attentionItemsOf(order).map((item) => ({
    orderId: order.orderId,
    productId: order.productId,
    name: attentionName(item),
    reason: item.reason,
    about: item.about,
    since: item.since,
    ...detailsOf(order, item),
    refundUnderWay: refundsOwed(order).length > 0 || refundsPending(order),
    ...standingOf(order),
  }));

const refundsPending = (order: Order): boolean =>
  Object.values(order.facts).some(
    (fact) => fact.kind === 'refund' && (fact.state === 'pending' || fact.state === 'requires_action'),
  );
