import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import type { FamilyStatement, OrderStory, UnpaidOrder } from '../../../lib/domain/look-up.ts';
import { money } from '../../../lib/domain/money.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

const PRODUCT = 'utah-invitational';
const FAMILY = 'fam_alvarez';
const A_MOMENT_MS = 2_000;

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
});
afterAll(() => test?.stop());

describe('ops', () => {
  it("tell a parent on the phone an order's whole story, with its ids at Stripe and SES", async () => {
    const order = await test.order({ orderId: 'ord_lived', productId: PRODUCT, familyId: FAMILY });
    const { blastId } = await test.startMailing(PRODUCT);
    await test.stack.settled();
    expect((await ops.run('status ord_lived')).stdout).toContain(
      '$55.00 is owed, to be paid by 2026-05-29. If they click the link in their mail now, a payment page opens.\n' +
        `The link: ${test.payUrl(order)}\n`,
    );
    await test.stack.clock.advance(A_MOMENT_MS);
    const clicked = await fetch(test.payUrl(order), { redirect: 'manual' });
    await visitor.pay(clicked.headers.get('location') ?? '');
    await test.stack.settled();
    await test.stack.clock.advance(A_MOMENT_MS);
    test.stack.stripe.dashboardRefund(test.stack.stripe.objects.paymentIntents[0]?.id ?? '');
    await test.stack.settled();

    const { code, stdout } = await ops.run('status ord_lived');
    expect(code).toBe(0);
    const { objects } = test.stack.stripe;
    const [mail] = test.stack.ses.taken();
    const ids = {
      link: objects.paymentLinks[0]?.id,
      session: objects.checkoutSessions[0]?.id,
      payment: objects.paymentIntents[0]?.id,
      refund: objects.refunds[0]?.id,
      mail: mail?.messageId,
    };
    expect(Object.values(ids).map((id) => stdout.includes(id ?? '–'))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(ids).toMatchObject({
      link: expect.stringMatching(/^plink_/),
      session: expect.stringMatching(/^cs_/),
      payment: expect.stringMatching(/^pi_/),
      refund: expect.stringMatching(/^re_/),
    });
    expect(stdout).toMatch(/^Maya Alvarez: Utah Invitational \(order ord_lived\)$/m);
    expect(stdout).toContain('$55.00 was received and given back. Nothing is owed.');
    const sentences = [...stdout.matchAll(/^ {2}2026-\d\d-\d\d \d\d:\d\d {2}(.*)$/gm)].map(
      ([, words]) => words,
    );
    expect(sentences).toEqual([
      'The order was made, for $55.00.',
      'A mail left to ord_lived@family.example.',
      'The mail reached ord_lived@family.example.',
      'A payment link for $55.00 was made.',
      'The link in the mail was clicked, the last time.',
      '$55.00 was paid.',
      'A payment link was closed.',
      '$55.00 was given back.',
    ]);

    const { told } = await ops.json('status ord_lived');
    const { story, account } = told.order as OrderStory;
    expect(account).toMatchObject({ status: 'refunded', familyId: FAMILY });
    expect(story.find(({ what }) => what === 'mail')?.ids).toEqual([ids.mail, blastId]);
  });

  it('state what a family owes, paid and was given back, over all its children and in each currency', async () => {
    await test.order({
      orderId: 'ord_euros',
      productId: 'berlin-cup',
      familyId: FAMILY,
      amount: money(900, 'eur'),
    });
    const cup = await test.roster.product('berlin-cup');
    if (cup !== undefined) await test.roster.putProduct({ ...cup, name: 'Berlin Cup' });
    await test.order({ orderId: 'ord_dollars', productId: PRODUCT, familyId: FAMILY, amount: money(4_000) });
    const { stdout, code } = await ops.run(`statement ${FAMILY}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Maya Alvarez +Utah Invitational +given back +\$55\.00 +\$55\.00 +\$55\.00 +ord_lived$/m,
    );
    expect(stdout).toMatch(/^Maya Alvarez +Berlin Cup +owed +€9\.00 +– +– +ord_euros$/m);
    expect(stdout).toContain('€9.00 + $40.00 is owed. $55.00 was paid. $55.00 was given back.');
    const { sums } = (await ops.json(`statement ${FAMILY}`)).told.statement as FamilyStatement;
    expect(sums.owed).toEqual([money(900, 'eur'), money(4_000)]);
  });

  it('list who has not paid for a product, with the sum', async () => {
    const { stdout, code } = await ops.run(`unpaid ${PRODUCT}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Maya Alvarez +\S.* +owed +\$40\.00 +2026-05-29 +never +never +ord_dollars +fam_alvarez$/m,
    );
    expect(stdout).not.toContain('ord_lived');
    expect(stdout).toContain('1 order of 1 family: $40.00 owed.');
    const { orders } = (await ops.json(`unpaid ${PRODUCT}`)).told as unknown as { orders: UnpaidOrder[] };
    expect(orders.map(({ orderId }) => orderId)).toEqual(['ord_dollars']);
  });

  it.each([
    ['status ord_livde', 'Did you mean ord_lived?'],
    ['statement fam_alvares', 'Did you mean fam_alvarez?'],
    // Commands of other functions, whose authors know nothing of this.
    ['blast preview utah-invitatoinal', 'Did you mean utah-invitational?'],
    ['schedule reminders berlin_cup --days 3 --at 09:00', 'Did you mean berlin-cup?'],
    ['unpaid utah', 'Did you mean utah-invitational?'],
    ['unpaid basketball', 'Nothing on this stage is spelled like it'],
  ])('who types "%s" is asked: %s', async (command, suggestion) => {
    const { code, text, told } = await ops.json(command);
    expect([code, told.ok]).toEqual([1, false]);
    expect(text).toContain('There is no ');
    expect(text).toContain(suggestion);
  });

  it('are told what is missing also when nothing can be suggested', async () => {
    const outage = test.stack.faults.inject(
      'before',
      { functionName: 'look-up', service: 'dynamodb', action: 'Query' },
      { kind: 'status', status: 500 },
    );
    const { code, text } = await ops.json('blast preview utha-invitational');
    outage.remove();
    expect([code, text]).toEqual([1, 'There is no product utha-invitational. ']);
  });

  it('are asked for nothing but what can be looked up', async () => {
    const asked = async (input: object) => JSON.stringify(await test.stack.invoke('look-up', input));
    expect(await asked({ action: 'story', orderId: 'a b' })).toContain('orderId: letters, digits');
    expect(await asked({ action: 'unpaid', productId: PRODUCT, after: '16; drop' })).toContain(
      'no place to go on',
    );
    expect(await asked({ action: 'refund', orderId: 'ord_lived' })).toContain('invalid_input');
  });

  it('forget a family once nothing of it is owed, and are told what is left to remove at Stripe', async () => {
    const owed = await ops.run(`forget ${FAMILY}`);
    expect(owed.code).toBe(1);
    expect(owed.stdout).toMatch(
      /✗ Order ord_dollars is owed: .*\n {2}→ npm run ops -- cancel ord_dollars --stage/,
    );
    expect(owed.stdout).toContain(`Family ${FAMILY} can't be forgotten yet. Nothing was written.`);
    for (const orderId of ['ord_dollars', 'ord_euros']) {
      const word = { decision: 'cancel', actor: 'Kim', reason: 'moved away' };
      await test.stack.invoke('decide-order', { orderId, ...word });
    }
    await test.stack.settled();
    const shown = await ops.run(`forget ${FAMILY}`);
    expect(shown.stdout).toMatch(/parents +Alex Alvarez \(.*@family\.example\)/);
    expect(shown.stdout).toContain('"moved away" (ord_dollars)');
    const payment = `https://dashboard.stripe.com/test/payments/${test.stack.stripe.objects.paymentIntents[0]?.id}`;
    expect(shown.stdout).toContain(payment);
    const [, hash = ''] = /--apply ([0-9a-f]{26})/.exec(shown.stdout) ?? [];
    const apply = `forget ${FAMILY} --apply ${hash} --reason asked --by Kim`;
    const unsure = await ops.run(apply, 'no\n');
    expect([unsure.code, unsure.stdout]).toEqual([2, expect.stringContaining('Nothing was written.')]);
    const done = await ops.run(apply, 'yes\n');
    expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(payment)]);
    expect(done.stdout).toContain(`Nothing here tells any more who family ${FAMILY} is.`);
    const rows = await test.stack.invoke('look-up', { action: 'statement', familyId: FAMILY });
    expect(JSON.stringify([rows, await ops.run('status ord_lived')])).not.toMatch(
      /Alvarez\b|@family\.example/,
    );
    expect((await ops.run(`forget ${FAMILY}`)).stdout).toContain('was forgotten before');
  });
});
