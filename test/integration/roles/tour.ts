import Stripe from 'stripe';
import { expect } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { type ImportKind, importIdOf } from '../../../lib/domain/import-row.ts';
import { naturalKey, type Order, statusOf } from '../../../lib/domain/order.ts';
import { noteFirstMail, recordFact, recordSurface } from '../../../lib/domain/order-changes.ts';
import { dayAfter } from '../../../lib/domain/schedule.ts';
import { clockAt } from '../../../lib/usecases/local-start.ts';
import { unsubscribeUrl } from '../../../lib/usecases/unsubscribe.ts';
import { readRows } from '../../support/imports.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { mailEvent } from '../../support/mail-events.ts';
import { aSurface, payment } from '../../support/orders.ts';
import type { TestStack } from '../../support/stack.ts';

/**
 * The system shown to a visitor, room by room: each chapter brings its own orders, so that it can be run alone. All
 * of them together need every permission that there is; one that none of them needs is one too many.
 */
export const tour: Readonly<Record<string, (test: TestStack) => Promise<void>>> = {
  'a parent clicks, pays by card, and is given the money back': async (test) => {
    const order = await test.order({ category: 'monthly', productId: 'tour-monthly' });
    const page = await visitor.open(await clicked(test.payUrl(order)));
    await visitor.payOn(page);
    await test.stack.settled();
    const paid = await test.mustGet(order.orderId);
    expect([statusOf(paid), paid.dueWork]).toEqual(['paid', {}]);
    const [, fact] = Object.entries(paid.facts)[0] ?? [];
    test.stack.stripe.dashboardRefund(fact?.id ?? '');
    await test.stack.settled();
    expect(statusOf(await test.mustGet(order.orderId))).toBe('refunded');
  },

  'a mail scanner and a parent open both kinds of pay address': async (test) => {
    for (const category of ['tournament', 'monthly'] as const) {
      const order = await test.order({ category, productId: `tour-scan-${category}` });
      const scanned = await fetch(test.payUrl(order), { method: 'HEAD', redirect: 'manual' });
      expect(scanned.status).toBe(303);
      expect(await clicked(test.payUrl(order))).toBe(scanned.headers.get('location'));
    }
  },

  'a click on an order of the older system retires the page that the family was mailed then': async (
    test,
  ) => {
    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-click' });
    await clicked(test.payUrl(order));
    await retired(test, order);
  },

  'the club’s own system asks for a link, and the older page is retired': async (test) => {
    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-mint' });
    const answer = await post(test, `/orders/${order.orderId}/link`, {});
    expect(answer).toMatchObject({ orderId: order.orderId, payUrl: test.payUrl(order) });
    await retired(test, order);
  },

  'a person on the site checks out a new order': async (test) => {
    const other = await test.order({ category: 'jersey', productId: 'tour-jersey' });
    await test.roster.putPlayer({
      playerId: 'ply_shopper',
      familyId: other.familyId,
      name: 'Leo Alvarez',
      contract: { state: 'signed', signUrl: null },
    });
    const { orderId } = await checkout(test, { productId: 'tour-jersey', playerId: 'ply_shopper' });
    expect(statusOf(await test.mustGet(orderId))).toBe('pending');
  },

  'a person on the site checks out an order of the older system, whose page is retired': async (test) => {
    const order = await mailedByTheOlderSystem(test, { category: 'jersey', productId: 'tour-old-jersey' });
    await test.orders.point({ kind: 'natural', key: naturalKey(order) }, order.orderId);
    const { productId, playerId } = order;
    expect((await checkout(test, { productId, playerId })).orderId).toBe(order.orderId);
    await retired(test, order);
  },

  'a payment without an order, and one on a page of the older system, come in': async (test) => {
    await test.order({ productId: 'tour-events' });
    await visitor.pay(await sessionAtStripe(test, { system: 'club-payments/dev', order_id: 'ord_nobody' }));
    await test.stack.settled();
    const { items } = await test.orders.pageOfUnmatched({ limit: 10 });
    expect(items.map(({ orderId }) => orderId)).toContain('ord_nobody');

    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-paid' });
    await visitor.pay(urlAtStripe(test, order));
    await test.stack.settled();
    expect(statusOf(await test.mustGet(order.orderId))).toBe('paid');
  },

  'Stripe can not tell yet which card was kept, and the question stays': async (test) => {
    const order = await test.order({ category: 'monthly', productId: 'tour-card' });
    await clicked(test.payUrl(order));
    const open = await test.mustGet(order.orderId);
    // Of the two pieces of work that this owes, the link can be retired; the payment is not known at Stripe.
    const paid = recordFact(open, payment({ id: 'pi_unknown' }), instant(test.stack.clock.now()));
    await test.orders.save(paid);
    await test.stack.clock.advance(TEN_MINUTES_MS);
    const { dueWork } = await test.mustGet(order.orderId);
    expect(Object.keys(dueWork)).toEqual(['keep_card:pi_unknown']);
  },

  'the day comes on which an order closes': async (test) => {
    const closesAt = instant(test.stack.clock.now() + TEN_MINUTES_MS);
    const order = await test.order({ productId: 'tour-closing', closesAt });
    await clicked(test.payUrl(order));
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    await retired(test, order);
  },

  'ops cancel an order whose link is out': async (test) => {
    const order = await test.order({ productId: 'tour-cancel' });
    await clicked(test.payUrl(order));
    const decision = { orderId: order.orderId, decision: 'cancel', actor: 'office', reason: 'moved away' };
    await done(test, 'decide-order', decision);
    await retired(test, order);
  },

  'a family has paid twice, and the second payment is given back; another paid in part, and the rest is asked for':
    async (test) => {
      const order = await test.order({ productId: 'tour-refund' });
      const { orderId } = order;
      const page = await visitor.open(await clicked(test.payUrl(order)));
      const ask = (action: string, input: object) => done(test, 'settle-payment', { action, ...input });
      const plan = async (action: string, input: object): Promise<string> =>
        ((await ask(action, input)) as { plan: { hash: string } }).plan.hash;
      await visitor.payOn(page);
      await test.stack.settled();
      await visitor.pay(await sessionAtStripe(test, { system: 'club-payments/dev', order_id: 'ord_lost' }));
      await test.stack.settled();
      const { items } = (await ask('unmatched', {})) as { items: { stripeId: string; orderId: string }[] };
      const stripeId = items.find((item) => item.orderId === 'ord_lost')?.stripeId ?? '';
      const word = { actor: 'Kim', reason: 'asked' };
      const assign = { stripeId, orderId };
      await ask('assign', { ...assign, shown: await plan('look_assign', assign), ...word });
      expect(await ask('attention', { productId: 'tour-refund' })).toMatchObject({ items: [{ orderId }] });
      const refund = { orderId, paymentId: stripeId };
      const shown = await plan('look_refund', refund);
      expect(await ask('refund', { ...refund, shown, ...word })).toMatchObject({
        refund: { state: 'succeeded' },
      });

      const amended = { orderId, decision: 'amend', amount: '1000.00' };
      const rest = { orderId, decision: 'amend', rest: true };
      for (const wanted of [amended, rest]) {
        const seen = await done(test, 'decide-order', { action: 'look', ...wanted });
        const { hash } = (seen as { plan: { hash: string } }).plan;
        await done(test, 'decide-order', { action: 'apply', ...wanted, shown: hash, ...word });
      }
      expect(statusOf(await test.mustGet(orderId))).toBe('paid');
    },

  'ops make a test order, and find it again': async (test) => {
    const made = [
      await done(test, 'create-test-order', { address: 'me@club.example' }),
      await done(test, 'create-test-order', { address: 'me@club.example' }),
    ];
    expect(made).toMatchObject([{ created: true }, { created: false }]);
  },

  'a mailing is used up for the day, goes on the next, and is planned a second time by mistake': async (
    test,
  ) => {
    const order = await test.order({ productId: 'tour-mailing' });
    const { quota } = test.stack.ses;
    const { max24HourSend } = quota;
    quota.max24HourSend = 0;
    const { hash, blastId } = await test.startMailing('tour-mailing');
    await test.stack.settled({ withinMs: 0 });
    expect(await mailsTo(test, order)).toBe(0);
    quota.max24HourSend = max24HourSend;
    // SES is asked again after an hour, and the closing pass comes after that.
    await test.stack.clock.advance(8 * TEN_MINUTES_MS);
    await done(test, 'plan-blast', { action: 'send', hash, createdBy: 'office' });
    await test.stack.settled();
    expect(await mailsTo(test, order)).toBe(1);
    expect((await test.blasts.get(blastId))?.state).toBe('complete');
  },

  'a family who came later is mailed, and none that was mailed before': async (test) => {
    const productId = 'tour-latecomers';
    const before = await test.order({ productId });
    await test.orders.save(noteFirstMail(before, '2026-04-01'));
    const later = await test.order({ productId });
    const filter = { onlyNeverMailed: true };
    const seen = (await done(test, 'plan-blast', { action: 'preview', productId, filter })) as {
      hash: string;
    };
    await done(test, 'plan-blast', { action: 'send', hash: seen.hash, createdBy: 'office' });
    await test.stack.settled();
    expect(test.stack.ses.taken().flatMap(({ to }) => to)).toContain(`${later.orderId}@family.example`);
    expect(test.stack.ses.taken().flatMap(({ to }) => to)).not.toContain(`${before.orderId}@family.example`);
  },

  'a mailing that was planned for later starts by itself': async (test) => {
    const order = await test.order({ productId: 'tour-later' });
    const startsAt = instant(test.stack.clock.now() + TEN_MINUTES_MS);
    await test.startMailing('tour-later', clockAt(startsAt, 'America/Denver'));
    expect(await mailsTo(test, order)).toBe(0);
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(1);
  },

  'a mailing whose tickets were lost is given new ones': async (test) => {
    const order = await test.order({ productId: 'tour-lost' });
    const lost = { functionName: 'plan-blast', service: 'sqs' } as const;
    const outage = test.stack.faults.inject('before', lost, { kind: 'status', status: 500 });
    await expect(test.startMailing('tour-lost')).rejects.toThrow();
    outage.remove();
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(1);
  },

  'a volunteer tries a mail, stops a mailing, lets it go on, and settles what is held': async (test) => {
    const productId = 'tour-steered';
    const order = await test.order({ productId });
    await done(test, 'plan-blast', { action: 'test', productId, to: 'kim@club.example' });
    const later = instant(test.stack.clock.now() + 6 * TEN_MINUTES_MS);
    const { blastId } = await test.startMailing(productId, clockAt(later, 'America/Denver'));
    const steer = (action: string) => done(test, 'plan-blast', { action, blastId, actor: 'Kim' });
    expect(await steer('pause')).toMatchObject({ state: 'paused', waiting: { by: 'Kim' } });
    await test.stack.clock.advance(7 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(0);
    expect(await steer('resume')).toMatchObject({ state: 'sending' });
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(1);

    const unheardOf = await test.order({ productId });
    for (const { orderId, shard } of [order, unheardOf]) {
      const address = `${orderId}-2@family.example`;
      await test.blasts.claim(aLedgerRow({ blastId, orderId, shard, address, state: 'held' }));
    }
    const word = { action: 'settle', blastId, actor: 'Kim', reason: 'asked' };
    await done(test, 'plan-blast', { ...word, orderId: unheardOf.orderId, as: 'sent' });
    expect((await test.orders.get(unheardOf.orderId))?.firstMailedOn).not.toBeNull();
    await done(test, 'plan-blast', { ...word, orderId: order.orderId, as: 'send_again' });
    expect((await test.blasts.get(blastId))?.state).toBe('sending');
    expect(await steer('cancel')).toMatchObject({ state: 'canceled' });
  },

  'ops ask what became of a mailing, and for the list of all': async (test) => {
    const { orderId, shard } = await test.order({ productId: 'tour-report' });
    const blastId = 'bls_tour_report';
    await test.blasts.create(aMailing({ blastId, productId: 'tour-report', state: 'complete' }));
    await test.blasts.claim(aLedgerRow({ blastId, shard, orderId }));
    const report = await done(test, 'report-blast', { blastId });
    expect(report).toMatchObject({ funnel: { audience: 1, sent: 1, orders: { mailed: 1 } } });
    const list = (await done(test, 'report-blast', { action: 'list' })) as { blast: { blastId: string } }[];
    expect(list.find(({ blast }) => blast.blastId === blastId)).toMatchObject({ funnel: { sent: 1 } });
  },

  'a parent calls, and is told of an order, of all children, and who else has not paid': async (test) => {
    const productId = 'tour-look-up';
    const { orderId, familyId, shard } = await test.order({ productId });
    await test.blasts.claim(aLedgerRow({ blastId: 'bls_tour_look_up', orderId, shard }));
    const asked = (input: object) => done(test, 'look-up', input);
    expect(await asked({ action: 'story', orderId })).toMatchObject({
      story: expect.arrayContaining([expect.objectContaining({ what: 'mail' })]),
    });
    expect(await asked({ action: 'statement', familyId })).toMatchObject({ accounts: [{ orderId }] });
    expect(await asked({ action: 'unpaid', productId })).toMatchObject({ orders: [{ orderId }] });
    const typo = { action: 'nearest', kind: 'order', id: `${orderId}x` };
    expect(await asked(typo)).toMatchObject({ ids: expect.arrayContaining([orderId]) });
  },

  'SES tells of a mail before its sender has recorded it, and that the address is gone': async (test) => {
    const { orderId, shard } = await test.order({ productId: 'tour-told' });
    const row = aLedgerRow({ blastId: 'bls_tour_told', orderId, shard, state: 'claimed' });
    await test.blasts.claim(row);
    for (const kind of ['Send', 'Permanent'] as const) {
      const body = mailEvent(kind, { ref: row, to: row.address });
      await test.stack.invoke('ses-feedback', { Records: [{ messageId: kind, body }] });
    }
    expect(await test.blasts.delivery(row)).toMatchObject({ state: 'bounced', reason: 'permanent' });
    expect((await test.roster.address(row.address)).suppressed?.reason).toBe('bounced');
    expect((await test.mustGet(orderId)).firstMailedOn).not.toBeNull();
  },

  'a family opens the link in a reminder, and has reminders stopped': async (test) => {
    const address = 'no-more@family.example';
    const { apiUrl: baseUrl } = test.stack;
    const url = unsubscribeUrl(addressKeyOf(address), test.keys, { baseUrl });
    for (const method of ['HEAD', 'GET', 'POST']) {
      expect((await fetch(url, { method })).status).toBe(200);
      expect((await test.roster.address(address)).unsubscribedAt !== null).toBe(method === 'POST');
    }
  },

  'what recurs is set, reminds who was mailed three days ago, and asks for the next month': async (test) => {
    const soon = instant(test.stack.clock.now() + TEN_MINUTES_MS);
    const when = { timeZone: 'UTC', at: soon.slice(11, 16) };
    const reminded = await test.order({ productId: 'tour-reminded' });
    await test.orders.save(noteFirstMail(reminded, dayAfter(soon.slice(0, 10), -3)));
    const fee = await test.order({ category: 'monthly', productId: 'tour-fees', period: '2026-04' });
    const set = (schedule: object) =>
      done(test, 'set-schedule', { action: 'set', schedule, actor: 'office' });
    await set({ kind: 'reminders', productId: 'tour-reminded', days: [3], ...when });
    const fees = { kind: 'monthly', productId: 'tour-fees' };
    await set({ ...fees, dayOfMonth: 1, payByDays: 7, ...when });
    const { productId } = fees;
    await done(test, 'set-schedule', { action: 'run', productId, period: '2026-05', actor: 'office' });
    await test.stack.clock.advance(3 * TEN_MINUTES_MS);
    // The reminder of the one, and the notice of the order that was made of the other.
    expect([await mailsTo(test, reminded), await mailsTo(test, fee)]).toEqual([1, 1]);
    await done(test, 'set-schedule', { action: 'stop', ...fees, actor: 'office' });
    expect(await done(test, 'set-schedule', { action: 'list' })).toMatchObject({
      schedules: expect.arrayContaining([expect.objectContaining({ ...fees, state: 'stopped' })]),
    });
  },

  'a club brings what it has in files, tells later what was paid and who left, and takes it all home': async (
    test,
  ) => {
    await bring(test, 'products', [{ productId: 'tour-brought', category: 'monthly', name: 'Fee' }]);
    await bring(test, 'families', [{ familyId: 'fam_brought', language: 'en', parents: [] }]);
    const player = { playerId: 'ply_brought', familyId: 'fam_brought', name: 'Mia', contract: 'signed' };
    await bring(test, 'players', [player]);
    const amount = { amountMinor: 5_500, currency: 'usd' };
    const fee = (orderId: string, over: object = {}) => ({
      ...{ orderId, productId: 'tour-brought', playerId: 'ply_brought', period: orderId, amount },
      ...over,
    });
    await bring(test, 'orders', [fee('brought-04'), fee('brought-05')]);
    await clicked(test.payUrl(await test.mustGet('brought-04')));
    await clicked(test.payUrl(await test.mustGet('brought-05')));
    const payments = [{ paymentId: 'pi_brought', paidAmount: amount, paidAt: '2026-04-01T09:00:00.000Z' }];
    await bring(test, 'orders', [fee('brought-04', { payments })]);
    await retired(test, await test.mustGet('brought-04'));
    await bring(test, 'contracts', [{ playerId: 'ply_brought', contract: 'ended' }]);
    await retired(test, await test.mustGet('brought-05'));

    const of = { productId: 'tour-brought', shard: (await test.mustGet('brought-04')).shard };
    expect(await done(test, 'export-records', { of: 'orders', ...of })).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ orderId: 'brought-04' })]),
    });
    expect(await done(test, 'export-records', { of: 'families' })).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ familyId: 'fam_brought' })]),
    });
  },

  'a family that has left is forgotten': async (test) => {
    const order = await test.order({ productId: 'tour-forgotten' });
    const { orderId, familyId, playerId, shard } = order;
    await test.blasts.claim(aLedgerRow({ blastId: 'tour-forgotten', orderId, shard }));
    const of = { orderId, decision: 'cancel', actor: 'Kim', reason: 'left' };
    await done(test, 'decide-order', of);
    const { plan } = (await done(test, 'forget-family', { action: 'look', familyId })) as {
      plan: { hash: string };
    };
    const word = { shown: plan.hash, actor: 'Kim', reason: 'they asked' };
    expect(await done(test, 'forget-family', { action: 'forget', familyId, ...word })).toMatchObject({
      ...{ players: 1, mails: 1, left: 0 },
    });
    expect(await test.roster.player(playerId)).toMatchObject({ name: playerId });
  },

  'the club’s own system keeps a family, an order and a contract': async (test) => {
    await test.order({ productId: 'tour-kept', category: 'monthly', orderId: 'other-kept' });
    const put = async (path: string, body: object) => send(test, 'PUT', path, body);
    await put('/families/fam_kept', { language: 'en', parents: [] });
    await test.roster.putPlayer({
      playerId: 'ply_kept',
      familyId: 'fam_kept',
      name: 'Mia',
      contract: { state: 'signed', signUrl: null },
    });
    const amount = { amountMinor: 5_500, currency: 'usd' };
    const order = { productId: 'tour-kept', playerId: 'ply_kept', period: '2026-05', amount };
    expect(await put('/orders/kept', order)).toEqual([201, { orderId: 'kept', outcome: 'new' }]);
    expect(await put('/orders/kept', order)).toEqual([200, { orderId: 'kept', outcome: 'same' }]);
    await clicked(test.payUrl(await test.mustGet('kept')));
    expect(await put('/orders/kept', { ...order, payBy: '2026-06-01' })).toMatchObject([
      200,
      { outcome: 'changes' },
    ]);
    expect(await put('/players/ply_kept/contract', { contract: 'ended' })).toMatchObject([
      200,
      { outcome: 'changes' },
    ]);
    await retired(test, await test.mustGet('kept'));
  },

  'ops compare Stripe, orders and mail, and repair what does not agree': async (test) => {
    const { stripe } = test.stack;
    // The run of the day has been made by then.
    await test.stack.clock.advance(TEN_MINUTES_MS);
    const order = await test.order({ productId: 'tour-reconcile' });
    await clicked(test.payUrl(order));
    const link = stripe.objects.paymentLinks.findLast(({ metadata }) => metadata.order_id === order.orderId);
    await stripeAt(test).paymentLinks.update(link?.id ?? '', { active: false });
    stripe.webhooks.drop(() => true);
    await visitor.pay(await sessionAtStripe(test, { system: 'club-payments/dev', order_id: 'ord_gone' }));
    await visitor.pay(await sessionAtStripe(test, {}));
    await test.stack.settled();
    stripe.webhooks.undisturbed();
    const waiting = { reason: 'sender_refused', since: order.createdAt, until: null } as const;
    const blastId = 'bls_tour_reconcile';
    await test.blasts.create(aMailing({ blastId, productId: order.productId, state: 'paused', waiting }));
    const row = aLedgerRow({ blastId, orderId: order.orderId, shard: order.shard, state: 'claimed' });
    await test.blasts.claim(row);
    await test.blasts.settle({ ...row, state: 'held', reason: 'no_answer' });
    await test.stack.clock.advance(8 * TEN_MINUTES_MS);

    const toItsEnd = async (begin: object): Promise<{ runId: string; hash: string }> => {
      for (let input = begin; ; ) {
        const run = (await done(test, 'reconcile', input)) as { done: boolean; runId: string; hash: string };
        if (run.done) return run;
        input = { action: 'go_on', runId: run.runId };
      }
    };
    const { runId, hash } = await toItsEnd({ action: 'look' });
    await done(test, 'reconcile', { action: 'shown', hash });
    await toItsEnd({ action: 'apply', hash, actor: 'office' });
    const { items } = (await done(test, 'reconcile', { action: 'findings', runId })) as {
      items: { kind: string; about: string; result: { outcome: string } | null }[];
    };
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'inactive_surface', about: link?.id }),
        expect.objectContaining({ kind: 'held_delivery', orderId: order.orderId }),
        expect.objectContaining({ kind: 'stuck_blast', about: blastId }),
        expect.objectContaining({ kind: 'unmatched', orderId: 'ord_gone' }),
      ]),
    );
    expect(await done(test, 'reconcile', { action: 'last' })).toMatchObject({ done: true });
    expect((await test.orders.pageOfUnmatched({ limit: 50 })).items.map(({ orderId }) => orderId)).toContain(
      'ord_gone',
    );
    await retired(test, order);
  },

  'ops close a link of the older system, by which an order is not to be paid any more': async (test) => {
    const { orderId } = await test.order({ productId: 'tour-close-link' });
    const { id: linkId } = await stripeAt(test).paymentLinks.create({
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } } },
      ],
    });
    await test.orders.point({ kind: 'stripe', id: linkId }, orderId);
    const surface = aSurface({ stripeId: linkId, url: null, imported: true });
    await test.orders.save(recordSurface(await test.mustGet(orderId), surface, surface.mintedAt));
    const word = { actor: 'Kim', reason: 'moved away' };
    await done(test, 'decide-order', { orderId, decision: 'cancel', ...word });
    await test.stack.settled();
    const { plan } = (await done(test, 'reconcile', { action: 'look_link', linkId })) as {
      plan: { hash: string };
    };
    const closed = await done(test, 'reconcile', { action: 'close_link', linkId, shown: plan.hash, ...word });
    expect(closed).toMatchObject({ orderId, doneBefore: false });
    expect((await stripeAt(test).paymentLinks.retrieve(linkId)).active).toBe(false);
  },

  'the run of a day finds and repairs by itself': async (test) => {
    const order = await test.order({ productId: 'tour-daily' });
    await clicked(test.payUrl(order));
    const { stripe } = test.stack;
    const link = stripe.objects.paymentLinks.findLast(({ metadata }) => metadata.order_id === order.orderId);
    await stripeAt(test).paymentLinks.update(link?.id ?? '', { active: false });
    stripe.webhooks.drop(() => true);
    await visitor.pay(await sessionAtStripe(test, { system: 'club-payments/dev', order_id: 'ord_lost' }));
    await visitor.pay(await sessionAtStripe(test, {}));
    await test.stack.settled();
    stripe.webhooks.undisturbed();
    await test.stack.clock.advance(DAY_MS);
    expect((await test.orders.pageOfUnmatched({ limit: 50 })).items.map(({ orderId }) => orderId)).toContain(
      'ord_lost',
    );
    await retired(test, order);
  },

  'stranded families are found, given new links and written to, and once more by mistake': async (test) => {
    const order = await mailedByTheOlderSystem(test, { category: 'monthly', productId: 'tour-recovery' });
    await test.stack.clock.advance(DAY_MS);
    const wish = { scope: { kind: 'product', productId: 'tour-recovery' }, mail: true };
    const hash = await planned(test, { action: 'plan', ...wish, budgetMs: 0 });
    const items = [{ row: { orderId: order.orderId, finding: 'session_expired' } }];
    expect(await done(test, 'recover-orders', { action: 'rows', hash })).toMatchObject({ items });
    const apply = { action: 'apply', hash, actor: 'office' };
    await done(test, 'recover-orders', apply);
    expect(await done(test, 'recover-orders', apply)).toMatchObject({
      counts: { recovered: 1, moved: 0, failed: 0 },
      blastIds: [`bls_${hash}`],
    });
    await test.stack.settled();
    expect(await mailsTo(test, order)).toBe(1);
    await retired(test, order);
  },

  'a link that somebody has closed in the dashboard is found among all, replaced, and asked for once more':
    async (test) => {
      const order = await test.order({ productId: 'tour-closed' });
      await clicked(test.payUrl(order));
      const [closed] = (await test.mustGet(order.orderId)).surfaces;
      await stripeOf(test).paymentLinks.update(closed?.stripeId ?? '', { active: false });
      const hash = await planned(test, { action: 'plan', scope: { kind: 'all' }, mail: true, budgetMs: 0 });
      const apply = { action: 'apply', hash, actor: 'office' };
      expect(await done(test, 'recover-orders', apply)).toMatchObject({ blastIds: [] });
      const { orderId } = order;
      const again = await planned(test, { action: 'plan', scope: { kind: 'order', orderId }, mail: false });
      await done(test, 'recover-orders', { ...apply, hash: again });
      await retired(test, order);
      expect((await test.mustGet(orderId)).surfaces).toHaveLength(3);
    },
};

/**
 * One chapter of it. What was refused on the way, if anything was, is the reason for whatever else went wrong, and
 * it fails with that; also where the system got over it, as it does over a message that it could not send.
 */
export const visit = async (chapter: string, test: TestStack): Promise<void> => {
  test.stack.refusals.clear();
  const outcome = await tour[chapter]?.(test).then(
    () => ({ ok: true }) as const,
    (error: unknown) => ({ ok: false, error }) as const,
  );
  const refused = test.stack.refusals.all().map(({ functionName, message }) => `${functionName}: ${message}`);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  if (outcome?.ok === false) throw outcome.error;
};

const TEN_MINUTES_MS = 10 * 60 * 1_000;
const DAY_MS = 25 * 60 * 60 * 1_000;

/** Where a click on one of our addresses leads. */
const clicked = async (url: string): Promise<string> => {
  const answer = await fetch(url, { redirect: 'manual' });
  expect([answer.status, await answer.text()]).toEqual([303, '']);
  return answer.headers.get('location') ?? '';
};

/** What an ops function did. Fails with its own words if it could not. */
const done = async (test: TestStack, functionName: string, payload: unknown): Promise<unknown> => {
  const answer = (await test.stack.invoke(functionName, payload)) as { ok: boolean; result?: unknown };
  expect(answer).toMatchObject({ ok: true });
  return answer.result;
};

/** What is found, slice after slice. */
const planned = async (test: TestStack, wish: object): Promise<string> => {
  type Slice = { done: false; planId: string } | { done: true; plan: { hash: string } };
  let slice = (await done(test, 'recover-orders', wish)) as Slice;
  while (!slice.done) {
    slice = (await done(test, 'recover-orders', { action: 'plan_on', planId: slice.planId })) as Slice;
  }
  return slice.plan.hash;
};

const stripeOf = ({ stack: { stripe } }: TestStack): Stripe =>
  new Stripe(stripe.apiKey, { host: stripe.host, port: stripe.port, protocol: 'http', telemetry: false });

const post = async (test: TestStack, path: string, body: unknown): Promise<unknown> => {
  const [status, said] = await send(test, 'POST', path, body);
  expect([status, said]).toEqual([200, said]);
  return said;
};

/** Signed, as the club's own systems ask. */
const send = async (
  test: TestStack,
  method: 'POST' | 'PUT',
  path: string,
  body: unknown,
): Promise<[status: number, said: unknown]> => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=ops/20260414/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(`${test.stack.apiUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
};

/** A file, as the command line sends it. */
const bring = async (test: TestStack, kind: ImportKind, given: readonly object[]): Promise<void> => {
  const rows = readRows(kind, given as Record<string, unknown>[]);
  const importId = importIdOf(kind, rows);
  const staged = rows.map((row, i) => ({ line: i + 2, row }));
  await done(test, 'import-orders', { action: 'stage', importId, kind, total: rows.length, rows: staged });
  const { hash } = (await done(test, 'import-orders', { action: 'plan', importId })) as { hash: string };
  const apply = { action: 'apply', importId, hash, actor: 'office' };
  expect(await done(test, 'import-orders', apply)).toMatchObject({ done: true, committed: true });
};

const checkout = async (test: TestStack, of: { productId: string; playerId: string }) => {
  const shop = { successUrl: 'https://club.example/thanks', cancelUrl: 'https://club.example/shop' };
  return (await post(test, '/checkout', { ...of, ...shop, clientRequestId: `request-${of.productId}` })) as {
    orderId: string;
  };
};

/** Nothing is left to be done for the order, and nothing of it can be paid any more that is not its open surface. */
const retired = async (test: TestStack, order: Order): Promise<void> => {
  await test.stack.settled();
  const { surfaces, generation, dueWork } = await test.mustGet(order.orderId);
  expect(dueWork).toEqual({});
  const closed = surfaces.filter((surface) => surface.generation < generation);
  expect(closed.map(({ retiredAt }) => retiredAt !== null)).toEqual(closed.map(() => true));
  expect(closed).not.toEqual([]);
};

const mailsTo = async (test: TestStack, order: Order): Promise<number> =>
  (await test.stack.inbox()).filter(({ to }) => to.includes(`${order.orderId}@family.example`)).length;

const stripeAt = (test: TestStack): Stripe => {
  const { apiKey, host, port } = test.stack.stripe;
  return new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
};

/** A Checkout Session that somebody else than we made, with metadata as given. */
const sessionAtStripe = async (test: TestStack, metadata: Record<string, string>): Promise<string> => {
  const price = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Utah Invitational' } };
  const session = await stripeAt(test).checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: price }],
    success_url: 'https://club.example/thanks',
    metadata,
    payment_intent_data: { metadata },
  });
  return session.url ?? '';
};

const urlAtStripe = (test: TestStack, { orderId }: Order): string =>
  test.stack.stripe.objects.checkoutSessions.findLast(({ metadata }) => metadata?.order_id === orderId)
    ?.url ?? '';

/** An imported order: its family was mailed the address of a Checkout Session, which an event may still be about. */
const mailedByTheOlderSystem = async (
  test: TestStack,
  over: Parameters<TestStack['order']>[0],
): Promise<Order> => {
  const order = await test.order(over);
  await sessionAtStripe(test, { order_id: order.orderId });
  const session = test.stack.stripe.objects.checkoutSessions.at(-1);
  const stripeId = session?.id ?? '';
  await test.orders.point({ kind: 'stripe', id: stripeId }, order.orderId);
  const surface = aSurface({ kind: 'checkout_session', stripeId, url: null, imported: true });
  const now = instant(test.stack.clock.now());
  const saved = await test.orders.save(recordSurface(order, { ...surface, mintedAt: now }, now));
  if (saved === 'conflict') throw new Error(`Order ${order.orderId} was changed meanwhile.`);
  return saved;
};
