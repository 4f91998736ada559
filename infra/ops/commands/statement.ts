import * as v from 'valibot';
import {
  type FamilyStatement,
  type NamedAccount,
  FamilyStatement as Statement,
} from '../../../lib/domain/look-up.ts';
import { amountsWords } from '../../mailing-words.ts';
import { attentionWords } from '../../order-words.ts';
import { standingInTable } from '../../story-words.ts';
import { commandFor } from '../blast.ts';
import { aligned } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';
import { parentsWords, productOf } from './status.ts';

/** What a family owes, paid and was given back, over all its children. */
export const statement = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
  familyId: string,
): Promise<void> => {
  const told = v.parse(
    Statement,
    await environment.invoke(environment.outputs.LookUpFunctionName, { action: 'statement', familyId }),
  );
  report.data({ statement: told });
  const { parents, accounts } = told;
  report.plain(`Family ${familyId}: ${parentsWords(parents)}`);
  if (accounts.length === 0) {
    report.ok('It has no order yet: nothing is owed, and nothing was paid.');
    return;
  }
  const heads = ['CHILD', 'FOR', 'IT IS', 'ASKED FOR', 'PAID', 'GIVEN BACK', 'ORDER'];
  report.plain(`\n${aligned([heads, ...accounts.map(rowOf)], { right: [3, 4, 5] })}\n`);
  report.plain(sumsWords(told));
  if (accounts.some(({ test }) => test)) report.plain("The club's own tests are in none of these sums.");
  for (const { orderId, attention } of accounts) {
    for (const { reason } of attention) report.advice(`${orderId}: ${attentionWords[reason]}`);
  }
  report.plain(`What happened to one of these orders: ${commandFor('status <order>', options)}`);
};

const rowOf = (account: NamedAccount): string[] => [
  account.playerName ?? account.playerId,
  productOf(account),
  account.test ? `${standingInTable[account.standing]} (test)` : standingInTable[account.standing],
  amountsWords([account.due]),
  amountsWords(account.received),
  amountsWords(account.givenBack),
  account.orderId,
];

const sumsWords = ({ sums }: FamilyStatement): string =>
  [
    sums.owed.length === 0 ? 'Nothing is owed.' : `${amountsWords(sums.owed)} is owed.`,
    sums.underWay.length === 0 ? [] : `${amountsWords(sums.underWay)} is on its way from their bank.`,
    sums.received.length === 0 ? 'Nothing was paid.' : `${amountsWords(sums.received)} was paid.`,
    sums.givenBack.length === 0 ? [] : `${amountsWords(sums.givenBack)} was given back.`,
  ]
    .flat()
    .join(' ');
