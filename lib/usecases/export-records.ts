import type { Fact } from '../domain/facts.ts';
import type { FamilyRow, OrderRow, PlayerRow, ProductRow } from '../domain/import-row.ts';
import { rowOf } from '../domain/imported-order.ts';
import type { Money } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import type { Page } from '../ports.ts';
import type { Deps } from './deps.ts';
import { visibleKeys } from './visible.ts';

export type ExportInput =
  | { of: 'products' }
  | { of: 'families' | 'players'; after?: string }
  | { of: 'orders' | 'payments'; productId: string; shard: number; after?: string };

/** Money that came or went, for the treasurer. */
export type MoneyMoved = {
  kind: 'payment' | 'refund' | 'dispute';
  /** `pi_…`, `re_…`, `dp_…` */
  id: string;
  orderId: string;
  familyId: string;
  productId: string;
  amount: Money;
  at: string;
};

type ExportDeps = Pick<Deps, 'orders' | 'roster'>;
const PAGE = 200;

/**
 * A page of what the club has here, as rows of an import; or of the money that moved. Reads, and writes nothing. Orders
 * of an import that is not committed are none yet, and money on them is money all the same.
 */
export const exportRecords = async (
  input: ExportInput,
  deps: ExportDeps,
): Promise<Page<ProductRow | FamilyRow | PlayerRow | OrderRow | MoneyMoved>> => {
  switch (input.of) {
    case 'products':
      return { items: (await deps.roster.products()).map(({ revision, ...product }) => product) };
    case 'families': {
      const page = await deps.roster.pageOfFamilies({ ...from(input), limit: PAGE });
      return { ...page, items: page.items.map(({ revision, forgotten, ...family }) => family) };
    }
    case 'players': {
      const page = await deps.roster.pageOfPlayers({ ...from(input), limit: PAGE });
      return {
        ...page,
        items: page.items.map(({ contract, forgottenAt, ...player }) => ({
          ...player,
          contract: contract.state,
          signUrl: contract.signUrl,
        })),
      };
    }
    case 'orders':
    case 'payments': {
      const { productId, shard } = input;
      const page = await deps.orders.pageOfShard({ productId, shard, ...from(input), limit: PAGE });
      const keys = input.of === 'orders' ? await visibleKeys(page.items, deps) : page.items;
      const orders = (await deps.orders.getMany(keys.map(({ orderId }) => orderId))).sort((a, b) =>
        a.orderId < b.orderId ? -1 : 1,
      );
      return { ...page, items: input.of === 'orders' ? orders.map(rowOf) : orders.flatMap(moneyMoved) };
    }
  }
};

const from = ({ after }: { after?: string }): { after?: string } => (after === undefined ? {} : { after });

/** Of the club's own test orders nothing is anybody's money. */
const moneyMoved = (order: Order): MoneyMoved[] => {
  if (order.test) return [];
  const { orderId, familyId, productId } = order;
  const happened = (fact: Fact): fact is Extract<Fact, { kind: MoneyMoved['kind'] }> =>
    ((fact.kind === 'payment' || fact.kind === 'refund') && fact.state === 'succeeded') ||
    (fact.kind === 'dispute' && fact.state === 'lost');
  return Object.values(order.facts)
    .filter(happened)
    .map(({ kind, id, amount, at }) => ({ ...{ kind, id, orderId, familyId, productId, amount, at } }));
};
