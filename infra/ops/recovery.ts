import { formatMoney } from '../../lib/domain/money.ts';
import type { RecoveryPlan, RecoveryScope } from '../../lib/domain/recovery-plan.ts';
import {
  type AppliedSlice,
  type AskRecovery,
  allRows,
  type LeftAloneOrder,
  type PlannedOrders,
  type PlannedRow,
  type PlannedSlice,
  type RecoveryWish,
  recoverySlices,
} from '../recovery.ts';
import { foundAtStripe, otherWord, whyLeftAlone, willBeDone } from '../recovery-words.ts';
import { type ActorOptions, actorFrom, commandFor } from './blast.ts';
import { aligned } from './columns.ts';
import { confirm } from './confirm.ts';
import type { Environment } from './environment.ts';
import type { ApplyOptions, StageOptions } from './options.ts';
import { StalePlanProblem } from './problem.ts';
import { inSlices } from './progress.ts';
import type { Report } from './report.ts';

/** So many rows are read; more are a matter for --json, or for whoever wants them all. */
const SHOWN = 100;
const SHOWN_LEFT_ALONE = 20;

/** What would be done, order by order, and the command that does exactly that. Changes nothing. */
export const showPlan = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
  { wish, command, showAll }: { wish: RecoveryWish; command: string; showAll: boolean },
): Promise<void> => {
  const ask = askOf(environment);
  const slice = await inSlices(
    'Orders looked at',
    (before: PlannedSlice | undefined) => recoverySlices(ask).plan(wish, before),
    (after) => ({ done: after.done ? 0 : after.looked, total: null }),
    options,
  );
  if (!slice.done) return;
  const { plan } = slice;
  const orders = await allRows(plan.hash, ask);
  const { names } = orders;
  report.data({
    plan,
    rows: orders.rows.map(({ row }) => ({ ...row, family: names[row.familyId] ?? null })),
    leftAlone: orders.leftAlone,
  });
  const most = showAll ? Number.POSITIVE_INFINITY : SHOWN;
  if (plan.rows > 0) {
    report.plain(rowTable(orders, most));
    report.plain(totalOf(plan));
  }
  if (plan.leftAlone > 0) {
    report.plain(leftAloneTable(orders, showAll ? Number.POSITIVE_INFINITY : SHOWN_LEFT_ALONE));
  }
  const others = Object.entries(plan.others).map(([reason, count]) => `${count} ${otherWord(reason)}`);
  if (others.length > 0) report.plain(`\nNot stranded: ${others.join('; ')}.`);
  if (plan.rows === 0) {
    report.ok('Nobody is stranded: there is nothing to do.');
    return;
  }
  report.ok('This only looked: nothing was changed.');
  report.plain(
    `\nTo do exactly this, within a day:\n  ${commandFor(`${command} --apply ${plan.hash}`, options)}`,
  );
};

/** Does what was shown, and tells what became of it. */
export const applyPlan = async (
  environment: Environment,
  report: Report,
  options: StageOptions & ApplyOptions & ActorOptions,
  { hash, scope }: { hash: string; scope: RecoveryScope | undefined },
): Promise<void> => {
  const ask = askOf(environment);
  const { plan } = await recoverySlices(ask).rows(hash, undefined, 1);
  if (scope !== undefined && nameOf(scope) !== nameOf(plan.scope)) {
    throw new StalePlanProblem(
      `This plan is of ${nameOf(plan.scope)}, and not of ${nameOf(scope)}. Nothing was written.`,
      'Give the command as it was shown.',
    );
  }
  if (plan.rows === 0) {
    report.ok('There is nothing to do in this plan.');
    return;
  }
  await confirm(`Recover ${ordersOf(plan)}, with ${mailsOf(plan)}`, plan.sums, options);
  const actor = actorFrom(options);
  const slice = await inSlices(
    'Orders recovered',
    (before: AppliedSlice | undefined) => recoverySlices(ask).apply({ hash, actor }, before),
    (after) => ({ done: after.done ? plan.rows : after.from.passed, total: plan.rows }),
    options,
  ).catch((error: unknown) => {
    report.advice(
      'What was recovered before stands. The same command goes on from there, and repeats nothing.',
    );
    throw error;
  });
  if (!slice.done) return;
  const { counts, blastIds } = slice;
  const { rows } = await allRows(hash, ask);
  const became = (outcome: string) => rows.filter(({ result }) => result?.outcome === outcome);
  const [moved, failed] = [became('moved'), became('failed')];
  report.data({ hash, counts, blastIds, moved: moved.map(told), failed: failed.map(told) });
  if (counts.recovered > 0) {
    report.done(`${counted(counts.recovered, 'order')} recovered: each has a link that works.`);
  }
  for (const blastId of blastIds) {
    report.done(`The mailing ${blastId} tells the families; nobody is written to twice.`);
    report.plain(`  ${commandFor(`blast-report ${blastId}`, options)}`);
  }
  if (moved.length > 0) {
    report.advice(
      `${counted(moved.length, 'order')} changed since this was shown, and left as they are:\n${listed(moved)}`,
      'Look again, if one of them should still get a link.',
    );
  }
  if (failed.length > 0) {
    report.unfinished(
      `${counted(failed.length, 'order')} failed:\n${listed(failed)}`,
      'Give the same command again: it tries these, and repeats nothing.',
    );
  }
};

const askOf =
  ({ invoke, outputs }: Environment): AskRecovery =>
  (input) =>
    invoke(outputs.RecoverOrdersFunctionName, input);

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const familiesOf = ({ families }: RecoveryPlan): string =>
  `${families} ${families === 1 ? 'family' : 'families'}`;
const ordersOf = (plan: RecoveryPlan): string => `${counted(plan.rows, 'order')} of ${familiesOf(plan)}`;
const mailsOf = ({ mailed }: RecoveryPlan): string =>
  mailed === 0 ? 'no mail' : `mails about ${counted(mailed, 'order')}`;

const totalOf = (plan: RecoveryPlan): string =>
  `\n${ordersOf(plan)}, ${plan.sums.map((sum) => formatMoney(sum)).join(' and ')}, ${mailsOf(plan)}.`;

const nameOf = (scope: RecoveryScope): string => {
  switch (scope.kind) {
    case 'product':
      return scope.productId;
    case 'order':
      return `order ${scope.orderId}`;
    case 'all':
      return 'all products';
  }
};

const rowTable = ({ rows, names }: PlannedOrders, most: number): string =>
  [
    aligned(
      [
        ['ORDER', 'FAMILY', 'FOUND AT STRIPE', 'WILL BE DONE', 'AMOUNT'],
        ...rows
          .slice(0, most)
          .map(({ row }) => [
            row.orderId,
            familyWords(row.familyId, names),
            foundAtStripe(row),
            willBeDone(row),
            formatMoney(row.amount),
          ]),
      ],
      { right: [4] },
    ),
    ...moreThan(rows.length, most),
  ].join('\n');

const leftAloneTable = ({ leftAlone, names }: PlannedOrders, most: number): string =>
  [
    '\nLEFT ALONE',
    aligned(
      leftAlone
        .slice(0, most)
        .map((order: LeftAloneOrder) => [
          `  ${order.orderId}`,
          familyWords(order.familyId, names),
          whyLeftAlone(order),
        ]),
    ),
    ...moreThan(leftAlone.length, most),
  ].join('\n');

const moreThan = (all: number, shown: number): string[] =>
  all > shown ? [`… and ${all - shown} more: --show-all`] : [];

const familyWords = (familyId: string, names: Readonly<Record<string, string>>): string =>
  names[familyId] === undefined ? familyId : `${names[familyId]} (${familyId})`;

const told = ({ row, result }: PlannedRow) => ({ orderId: row.orderId, detail: result?.detail ?? null });
const listed = (rows: readonly PlannedRow[]): string =>
  aligned(rows.map(({ row, result }) => [`  ${row.orderId}`, result?.detail ?? '']));
