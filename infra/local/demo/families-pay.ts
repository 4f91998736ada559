import { DUE_SHARDS } from '../../../lib/domain/ids.ts';
import { addressesOf } from '../../../lib/domain/roster.ts';
import { words } from '../../../lib/words/words.ts';
import { EXIT } from '../../ops/report.ts';
import type { ClubAtHand } from '../club/club.ts';
import type { LocalStack } from '../runner.ts';
import { families } from '../seed/incident.ts';
import type { CommandLine } from './command-line.ts';
import { open, pay, scan, type Visit } from './parent.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** A family's mails about one order: the same address in each. */
export type FamilyMail = { familyId: string; addresses: string[]; url: string };

/** Everything that parents, banks and scanners did with the mailed addresses, and what they met. */
export type Clicks = { all: Visit[]; saidAlreadyPaid: number; secondPaymentsRefunded: number };

type Play = {
  club: ClubAtHand;
  stack: LocalStack;
  mail: FamilyMail;
  email: string;
  click: () => Promise<Visit>;
  settle: () => Promise<void>;
};

/** Groups what is in the inbox: who got which address of ours. */
export const familyMails = async (club: ClubAtHand, baseUrl: string): Promise<FamilyMail[]> => {
  const byUrl = new Map<string, Set<string>>();
  for (const { to, text } of await club.inbox()) {
    const url = text.split(/\s+/).find((word) => word.startsWith(`${baseUrl}/`));
    if (url === undefined) continue;
    const addresses = byUrl.get(url) ?? new Set();
    for (const address of to) addresses.add(address);
    byUrl.set(url, addresses);
  }
  return [...byUrl].map(([url, addresses]) => {
    const family = families.find((one) => addressesOf(one).some((address) => addresses.has(address)));
    return { url, familyId: family?.familyId ?? '', addresses: [...addresses] };
  });
};

/** Weeks and months go by; each family opens its mail in its own way. */
export const familiesPay = async (
  mails: readonly FamilyMail[],
  { club, stack, ops }: { club: ClubAtHand; stack: LocalStack; ops: CommandLine },
): Promise<Clicks> => {
  const clicks: Clicks = { all: [], saidAlreadyPaid: 0, secondPaymentsRefunded: 0 };
  for (const [i, mail] of mails.entries()) {
    const play: Play = {
      club,
      stack,
      mail,
      email: mail.addresses[0] ?? '',
      click: async () => {
        const visit = await open(mail.url);
        clicks.all.push(visit);
        return visit;
      },
      settle: () => stack.settled(),
    };
    await scan(mail.url);
    await stack.clock.advance(DAYS_BETWEEN * DAY_MS, TICKS);
    await wayOf(i, mail)(play);
    clicks.secondPaymentsRefunded += await refundSecondPayments(club, ops);
    await stack.settled();
    const again = await play.click();
    if (again.led === 'to_our_page' && PAID_HEADINGS.has(again.heading)) clicks.saidAlreadyPaid += 1;
  }
  return clicks;
};

const DAYS_BETWEEN = 4;
/** Nothing recurs in this story: a run of the schedule every four days finds all that is due, and months pass in seconds. */
const TICKS = { tickEveryMs: DAYS_BETWEEN * DAY_MS };

const wayOf = (position: number, mail: FamilyMail): ((play: Play) => Promise<void>) =>
  mail.addresses.length > 1 ? twoGuardians : (ways[position % ways.length] ?? simply);

const simply = async ({ click, email, settle }: Play): Promise<void> => {
  const { backAt } = await pay(await click(), { email });
  if (backAt?.led === 'nowhere') throw new Error('The way back from Stripe led nowhere.');
  await settle();
};

const doubleClick = async ({ click, email, settle }: Play): Promise<void> => {
  const [first, second] = await Promise.all([click(), click()]);
  await pay(first, { email });
  await settle();
  await pay(second, { email });
  await settle();
};

/** Both have Stripe's page open, and both press the button before anyone can know of the other. */
const twoGuardians = async ({ click, mail, settle }: Play): Promise<void> => {
  const pages = [await click(), await click()];
  for (const [i, page] of pages.entries()) await pay(page, { email: mail.addresses[i] ?? '' });
  await settle();
};

const failedDebit = async (play: Play): Promise<void> => {
  await pay(await play.click(), { email: play.email, method: 'us_bank_account' });
  await play.settle();
  await play.click();
  const debit = play.stack.stripe.objects.paymentIntents.findLast(({ status }) => status === 'processing');
  play.stack.stripe.settleDebit(debit?.id ?? '', 'failed');
  await play.settle();
  await play.stack.clock.advance(9 * DAY_MS, TICKS);
  await simply(play);
};

const slowDebit = async (play: Play): Promise<void> => {
  await pay(await play.click(), { email: play.email, method: 'us_bank_account' });
  await play.settle();
  await play.stack.clock.advance(6 * DAY_MS, TICKS);
};

const declinedCard = async ({ click, email, settle }: Play): Promise<void> => {
  const page = await click();
  await pay(page, { email, cardNumber: '4000 0000 0000 0002' });
  await pay(page, { email });
  await settle();
};

/** Opens Stripe's page, is called away, and comes back when that visit has lapsed. */
const lapsedVisit = async (play: Play): Promise<void> => {
  await play.click();
  await play.stack.clock.advance(3 * DAY_MS, TICKS);
  await simply(play);
};

const ways = [simply, doubleClick, failedDebit, slowDebit, declinedCard, lapsedVisit];

/** In each language that the families read. */
const PAID_HEADINGS = new Set<string>(Object.values(words).map(({ pages }) => pages.paid.heading));

/** What the office does with a second payment: its attention item names the payment, and it is given back. */
const refundSecondPayments = async ({ orders }: ClubAtHand, ops: CommandLine): Promise<number> => {
  let refunded = 0;
  for (let dueShard = 0; dueShard < DUE_SHARDS; dueShard++) {
    const { items } = await orders.pageOfAttention({ dueShard, limit: 100 });
    for (const { orderId, dueWork } of await orders.getMany(items)) {
      for (const work of Object.values(dueWork)) {
        if (work.kind !== 'attention' || work.reason !== 'second_payment') continue;
        await ops.type(['attention'], EXIT.missing);
        await ops.approve(['refund', orderId, '--payment', work.about], ['--reason', 'paid twice']);
        refunded += 1;
      }
    }
  }
  return refunded;
};
