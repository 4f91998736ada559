import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMoney, money } from '../../../lib/domain/money.ts';
import { clubAtHand, storesOf } from '../club/at-hand.ts';
import { assemblyDirectoryFor, startLocalStack } from '../runner.ts';
import { aprilFiles } from '../seed/april-files.ts';
import * as incident from '../seed/incident.ts';
import { readLegacy } from '../seed/write.ts';
import { commandLineAt } from './command-line.ts';
import { familiesPay, familyMails } from './families-pay.ts';
import { incidentHappens } from './incident-happens.ts';
import { printAct, say } from './print.ts';
import * as tally from './tally.ts';

/**
 * The incident of April 2026, replayed and repaired on this machine: `npm run demo`. Runs twice, once with Stripe's
 * limit of one payment per link and once as if Stripe ignored it. The last line is one line of JSON.
 */
const replay = async (assemblyDirectory: string, enforceLinkLimit: boolean): Promise<Result> => {
  const stack = await startLocalStack({ assemblyDirectory, epochMs: incident.MAILED_AT });
  const stores = storesOf(stack);
  const directory = mkdtempSync(join(tmpdir(), 'club-payments-demo-'));
  try {
    stack.stripe.settings.enforceLinkLimit = enforceLinkLimit;
    const club = clubAtHand(stack, stores);
    const ops = commandLineAt(stack, directory);

    say('Act one. April 2026: the mails carry Stripe addresses that live for 24 hours.');
    const happened = await incidentHappens(club);
    const deadAtStripe = new Set(
      happened.visits.filter(({ visit }) => visit.led === 'nowhere').map(({ sessionUrl }) => sessionUrl),
    );
    const stranded = happened.mailed.filter(({ url, order }) => deadAtStripe.has(url) && !order.test);
    const ofProduct = (productId: string) =>
      stranded.flatMap(({ order }) => (order.productId === productId ? [order] : []));
    const tournament = ofProduct('utah-invitational');
    const monthly = ofProduct('monthly-fee');
    const mailed = tally.sessionsMailed(await stack.inbox(), incident.tournamentOrders, stack.stripe);
    const expired = happened.mailed.filter(
      ({ url, order }) => deadAtStripe.has(url) && order.productId === 'utah-invitational',
    ).length;
    printAct('What the families met', [
      ['Tournament orders mailed', mailed],
      ['paid within the day', mailed - expired],
      ['opened later, on a dead page', expired],
      ['of these families (without the club’s own test order)', tournament.length],
      ['what these families owe', dollars(tournament)],
      ['Monthly fees on a dead page', monthly.length],
      ['what those families owe', dollars(monthly)],
      ['further tries in vain of the same parents', happened.canceledTries.length],
    ]);

    say(
      `Act two. The orders are taken over, and repaired${enforceLinkLimit ? '' : ', while Stripe ignores the limit of a link'}.`,
    );
    const files = aprilFiles(await readLegacy(happened, club.older));
    for (const [kind, text] of Object.entries(files)) {
      writeFileSync(join(directory, `${kind}.csv`), text);
      await ops.approve(['import', `${kind}.csv`]);
    }
    await stack.clearInbox();
    stack.stripe.webhooks.duplicateEach(2);
    stack.stripe.webhooks.reorder(2026);

    for (const { productId } of incident.products) {
      const approved = await ops.approve(['recover', productId]);
      // And once more by mistake, which writes to nobody.
      await ops.type(approved);
    }
    await ops.approve(['cancel', '93'], ['--reason', "the club's own test order"]);
    await stack.settled();

    const mails = await familyMails(club, stack.apiUrl);
    const inbox = await stack.inbox();
    const clicks = await familiesPay(mails, { club, stack, ops });
    const everything = [...incident.tournamentOrders, ...incident.monthlyOrders];
    const result: Result = {
      mailed,
      expired,
      recovered: {
        tournament: tally.recovered(tournament, stack.stripe),
        monthly: tally.recovered(monthly, stack.stripe),
      },
      deadClicks: clicks.all.filter(({ led }) => led === 'nowhere').length,
      doubleCharges: tally.doubleCharges(everything, stack.stripe),
      duplicateEmails: tally.duplicateEmails(inbox),
      linksLeftActive: tally.linksLeftActive(stack.stripe),
    };
    printAct('What the same families met, over the months that followed', [
      ['mails, each to another address', inbox.length],
      ['clicks on them', clicks.all.length],
      ['clicks that led nowhere', result.deadClicks],
      ['tournament families who paid', result.recovered.tournament.families],
      ['what they paid', formatMoney(money(result.recovered.tournament.cents))],
      ['monthly families who paid', result.recovered.monthly.families],
      ['what they paid', formatMoney(money(result.recovered.monthly.cents))],
      ['second clicks told “already paid”', clicks.saidAlreadyPaid],
      ['second payments seen and refunded', clicks.secondPaymentsRefunded],
      ['families charged twice in the end', result.doubleCharges],
      ['links that could still be paid', result.linksLeftActive],
    ]);
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
    stores.close();
    await stack.stop();
  }
};

type Sum = { families: number; cents: number };
type Result = {
  mailed: number;
  expired: number;
  recovered: { tournament: Sum; monthly: Sum };
  deadClicks: number;
  doubleCharges: number;
  duplicateEmails: number;
  linksLeftActive: number;
};

const dollars = (orders: readonly incident.SeedOrder[]): string =>
  formatMoney(money(orders.reduce((sum, { amountMinor }) => sum + amountMinor, 0)));

const assemblyDirectory = await assemblyDirectoryFor({});
const withLimit = await replay(assemblyDirectory, true);
const withoutLimit = await replay(assemblyDirectory, false);

// Both worlds must come to the same. The demo fails where they do not, or where a family was let down.
const line = JSON.stringify(withLimit);
const failed =
  line !== JSON.stringify(withoutLimit) ||
  [withLimit.deadClicks, withLimit.doubleCharges, withLimit.duplicateEmails, withLimit.linksLeftActive].some(
    (count) => count > 0,
  );
if (failed) console.error(`Without the limit: ${JSON.stringify(withoutLimit)}`);
console.log(line);
process.exitCode = failed ? 1 : 0;
