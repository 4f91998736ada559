import * as v from 'valibot';
import { type NamedAccount, OrderStory } from '../../../lib/domain/look-up.ts';
import { attentionWords } from '../../order-words.ts';
import { standingWords, storyWords } from '../../story-words.ts';
import { localMoment } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** Everything that happened to one order, and how it stands. */
export const status = async (
  environment: Environment,
  report: Report,
  _options: StageOptions,
  orderId: string,
): Promise<void> => {
  const told = v.parse(
    OrderStory,
    await environment.invoke(environment.outputs.LookUpFunctionName, { action: 'story', orderId }),
  );
  report.data({ order: told });
  const { account, contractMissing, parents, payUrl, story, timeZone } = told;
  report.plain(`${whatFor(account)} (order ${orderId})`);
  report.plain(`Family ${account.familyId}: ${parentsWords(parents)}`);
  if (account.test) report.plain("It is the club's own test order: in no mailing and no sum.");
  report.plain(`\n${standingWords(account, contractMissing)}`);
  if (account.standing === 'payable') report.plain(`The link: ${payUrl}`);
  for (const { reason, about, since } of account.attention) {
    report.advice(`${attentionWords[reason]} It waits since ${localMoment(since, timeZone)}: ${about}`);
  }
  report.plain(`\nWhat happened, by the clocks of ${timeZone}:`);
  for (const line of story) {
    const at = localMoment(line.at, timeZone);
    const ids = line.ids.length === 0 ? '' : `\n${' '.repeat(at.length + 4)}${line.ids.join('  ')}`;
    report.plain(`  ${at}  ${storyWords(line)}${ids}`);
  }
};

/** `Maya Alvarez: Utah Invitational 2026-05` */
export const whatFor = ({ playerName, playerId, ...account }: NamedAccount): string =>
  `${playerName ?? playerId}: ${productOf(account)}`;

export const productOf = ({
  productName,
  productId,
  period,
}: Pick<NamedAccount, 'productName' | 'productId' | 'period'>): string =>
  [productName ?? productId, period ?? []].flat().join(' ');

export const parentsWords = (parents: OrderStory['parents']): string =>
  parents.length === 0
    ? '(not in the roster)'
    : parents.map(({ name, addresses }) => `${name} (${addresses.join(', ') || 'no address'})`).join(', ');
