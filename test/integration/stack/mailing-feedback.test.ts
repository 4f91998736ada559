import { afterAll, beforeAll, expect, it } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { payment } from '../../support/orders.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { mailingsOf } from '../support/mailings.ts';

let test: TestStack;
let mailings: ReturnType<typeof mailingsOf>;
beforeAll(async () => {
  // 09:00 where the club is.
  test = await startTestStack({ epochMs: Date.parse('2026-05-04T15:00:00.000Z') });
  mailings = mailingsOf(test);
});
afterAll(() => test.stop());

const HOUR_MS = 60 * 60 * 1000;
const pay = async (orderId: string): Promise<void> => {
  const order = await test.mustGet(orderId);
  const fact = payment({ id: `pi_${orderId}`, at: instant(test.stack.clock.now()), generation: null });
  await test.orders.save(recordFact(order, fact, instant(test.stack.clock.now())));
};

it('a reminder leaves three days after SES told of the first mail, to whoever still owes', async () => {
  const [owing, paid, unmailed] = await Promise.all(
    ['cup_0', 'cup_1', 'cup_2'].map((orderId) => test.order({ productId: 'cup', orderId })),
  );
  // SES takes its mail, and finds that it can not let it out.
  test.stack.ses.outcomes.set('cup_2@family.example', 'reject');
  const schedule = { kind: 'reminders', productId: 'cup', days: [3], at: '09:00' };
  const set = await test.stack.invoke('set-schedule', { action: 'set', schedule, actor: 'Kim' });
  expect(set).toMatchObject({ ok: true });
  await test.startMailing('cup');
  await test.stack.settled();
  const mailedOn = async (order = owing): Promise<string | null> =>
    (await test.mustGet(order?.orderId ?? '')).firstMailedOn;
  expect([await mailedOn(owing), await mailedOn(paid), await mailedOn(unmailed)]).toEqual([
    '2026-05-04',
    '2026-05-04',
    null,
  ]);

  await pay('cup_1');
  await test.stack.clearInbox();
  await test.stack.clock.advance(71 * HOUR_MS, { tickEveryMs: 24 * HOUR_MS });
  expect(mailings.mailedAbout('cup')).toEqual([]);
  await test.stack.clock.advance(4 * HOUR_MS, { tickEveryMs: HOUR_MS });
  expect(mailings.mailedAbout('cup')).toEqual(['cup_0@family.example']);
  const [reminder] = await test.stack.inbox();
  expect(instant(reminder?.at ?? 0)).toMatch(/^2026-05-07T1[56]/);
  expect(reminder?.headers).toMatchObject({ 'list-unsubscribe-post': 'List-Unsubscribe=One-Click' });
  expect(await mailings.ledger('rem_cup_3_2026-05-07')).toEqual([
    'cup_0 cup_0@family.example: delivered',
    'cup_1 cup_1@family.example: skipped paid',
  ]);
});

it('an address that bounced for one child is not written to for a sibling or by a co-parent; the other parent is', async () => {
  const { orderOf, ledger } = mailings;
  const [alex, sam] = [
    { name: 'Alex', addresses: ['alex@family.example'] },
    { name: 'Sam', addresses: ['sam@family.example'] },
  ];
  const ofFamily = (familyId: string, orderId: string, productId: string) => ({
    familyId,
    orderId,
    productId,
  });
  test.stack.ses.outcomes.set('alex@family.example', 'bounce');
  await orderOf([alex, sam], ofFamily('fam_1', 'older', 'camp'));
  const first = await test.startMailing('camp');
  await test.stack.settled();
  expect(await ledger(first.blastId)).toEqual([
    'older alex@family.example: bounced permanent',
    'older sam@family.example: delivered',
  ]);

  const co = { name: 'Chris', addresses: ['Alex@Family.example', 'chris@family.example'] };
  await orderOf([alex, sam], ofFamily('fam_1', 'older_jersey', 'league'));
  await orderOf([alex, sam], ofFamily('fam_1', 'younger', 'league'));
  await orderOf([co], ofFamily('fam_2', 'cousin', 'league'));
  await test.stack.clearInbox();
  const second = await test.startMailing('league');
  await test.stack.settled();
  expect(await ledger(second.blastId)).toEqual([
    'cousin alex@family.example: skipped suppressed',
    'cousin chris@family.example: delivered',
    'older_jersey alex@family.example: skipped suppressed',
    'older_jersey sam@family.example: delivered',
    'younger alex@family.example: skipped suppressed',
    'younger sam@family.example: delivered',
  ]);
  const mailed = test.stack.ses.taken().flatMap(({ to }) => to);
  expect(mailed.sort()).toEqual(['chris@family.example', 'sam@family.example', 'sam@family.example']);
});
