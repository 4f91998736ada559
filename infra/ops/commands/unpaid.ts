import * as v from 'valibot';
import { type AccountSums, sumsOf } from '../../../lib/domain/account.ts';
import { type UnpaidOrder, UnpaidPage } from '../../../lib/domain/look-up.ts';
import { amountsWords } from '../../mailing-words.ts';
import { standingInTable } from '../../story-words.ts';
import { commandFor } from '../blast.ts';
import { aligned } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import { inSlices } from '../progress.ts';
import type { Report } from '../report.ts';
import { productOf } from './status.ts';

/** The orders of a product that are not paid. */
export const unpaid = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
  productId: string,
): Promise<void> => {
  const { productName, orders } = await everyUnpaid(environment, options, productId);
  const sums = sumsOf(orders);
  report.data({ productId, productName, sums, orders });
  const real = orders.filter(({ test }) => !test);
  if (orders.length === 0) {
    report.ok(`Nothing is unpaid of ${productName}.`);
    return;
  }
  const heads = [
    'PLAYER',
    'PARENTS',
    'FOR',
    'IT IS',
    'OWES',
    'PAY BY',
    'MAILED',
    'CLICKED',
    'ORDER',
    'FAMILY',
  ];
  report.plain(`${aligned([heads, ...orders.map(rowOf)], { right: [4] })}\n`);
  const families = new Set(real.map(({ familyId }) => familyId)).size;
  report.plain(
    `${counted(real.length, 'order')} of ${counted(families, 'family', 'families')}: ${sumsWords(sums)}.`,
  );
  if (real.length < orders.length) report.plain("The club's own tests are in no sum.");
  report.plain(`What happened to one of them: ${commandFor('status <order>', options)}`);
};

type Slice = {
  done: boolean;
  next: string | null;
  looked: number;
  productName: string;
  orders: UnpaidOrder[];
};

const everyUnpaid = async (
  { invoke, outputs }: Environment,
  options: StageOptions,
  productId: string,
): Promise<Slice> => {
  const slice = async (before: Slice | undefined): Promise<Slice> => {
    const after = before?.next ?? undefined;
    const page = v.parse(
      UnpaidPage,
      await invoke(outputs.LookUpFunctionName, {
        action: 'unpaid',
        productId,
        ...(after !== undefined && { after }),
      }),
    );
    return {
      done: page.next === null,
      next: page.next,
      looked: (before?.looked ?? 0) + page.looked,
      productName: page.productName,
      orders: [...(before?.orders ?? []), ...page.orders],
    };
  };
  const all = await inSlices('Orders', slice, ({ looked }) => ({ done: looked, total: null }), options);
  return { ...all, orders: all.orders.sort(byPlayer) };
};

const byPlayer = (a: UnpaidOrder, b: UnpaidOrder): number =>
  (a.playerName ?? a.playerId).localeCompare(b.playerName ?? b.playerId) || (a.orderId < b.orderId ? -1 : 1);

const rowOf = (order: UnpaidOrder): string[] => [
  order.playerName ?? order.playerId,
  order.parents.join(', ') || '–',
  productOf(order),
  order.test ? `${standingInTable[order.standing]} (test)` : standingInTable[order.standing],
  amountsWords([order.due]),
  order.payBy ?? '–',
  order.firstMailedOn ?? 'never',
  order.clickedAt === null ? 'never' : order.clickedAt.slice(0, 10),
  order.orderId,
  order.familyId,
];

const sumsWords = ({ owed, underWay, received }: AccountSums): string =>
  [
    owed.length === 0 ? 'nothing is owed' : `${amountsWords(owed)} owed`,
    underWay.length === 0 ? [] : `${amountsWords(underWay)} on its way`,
    received.length === 0 ? [] : `${amountsWords(received)} received that is to be looked at`,
  ]
    .flat()
    .join(', ');

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
