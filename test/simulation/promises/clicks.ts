import { policyOf } from '../../../lib/domain/category.ts';
import { contractHasEnded, dueOf, type Order, payability } from '../../../lib/domain/order.ts';
import { openToken } from '../../../lib/domain/pay-token.ts';
import { answerClick, type ClickAnswer } from '../../../lib/usecases/answer-click.ts';
import type { Club } from '../club.ts';

/** Every address that was ever mailed answers with what is true now. */
export const checkClicks = async (club: Club): Promise<void> => {
  for (const order of [...club.watched.now()]) {
    const mails = club.post.about(order.orderId);
    const tokens = new Set(mails.map(({ url }) => url.split(/[/=]/).at(-1) ?? ''));
    for (const token of tokens) {
      const about = `${order.orderId}/last/${token.slice(0, 2)}`;
      const client = { method: 'GET', userAgent: 'Mozilla/5.0' };
      const outcome = await club.call('first-payment', about, (deps) =>
        answerClick({ token, backFromStripe: false, client }, deps),
      );
      const contract = (await club.stores.roster.player(order.playerId))?.contract.state ?? 'unsigned';
      const told = club.contracts.of(order.playerId) ?? contract;
      if (told !== contract) wrong(club, order, `its contract is ${told}, and the roster says ${contract}`);
      if (outcome.kind === 'done') checkAnswer(club, { order, token, contract }, outcome.value);
      else wrong(club, order, `a click was not answered: ${outcome.kind}`);
    }
  }
};

const wrong = (club: Club, { orderId }: Order, detail: string): void =>
  club.violated({ promise: 'never a dead link', detail, orderId });

const checkAnswer = (
  club: Club,
  { order, token, contract }: { order: Order; token: string; contract: string },
  answer: ClickAnswer,
): void => {
  const kind = answer.kind === 'redirect' ? 'redirect' : answer.page.kind;
  if (openToken(club.keys.now, 'pay', token).kind === 'revoked') {
    if (kind !== 'replaced') wrong(club, order, `its key is revoked, and a click is answered with ${kind}`);
    return;
  }
  const standing = payability(order, club.timeline.instant(0));
  if (standing !== 'payable') {
    if (kind !== standing) wrong(club, order, `it is ${standing}, and a click is answered with ${kind}`);
    return;
  }
  if (policyOf(order.category).contractCheckedOnClick && contract !== 'signed') {
    if (kind !== 'sign_contract')
      wrong(club, order, `its contract is not signed, and a click is answered with ${kind}`);
    return;
  }
  if (answer.kind !== 'redirect') {
    wrong(
      club,
      order,
      `it can be paid${contractHasEnded(order) ? ' but for its contract' : ''}, and a click is answered with ${kind}`,
    );
    return;
  }
  const page = club.account.payer.visit(answer.url);
  if (page.kind === 'closed') {
    wrong(club, order, `it can be paid, and a click leads to a page that is closed: ${page.why}`);
  } else if (page.amount.amountMinor !== dueOf(order).amountMinor) {
    wrong(
      club,
      order,
      `${dueOf(order).amountMinor} is due, and the page asks for ${page.amount.amountMinor}`,
    );
  }
};
