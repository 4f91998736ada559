import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { type Order, statusOf } from '../../../lib/domain/order.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { stripeAt } from '../../support/stripe-client.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
});
afterAll(() => test?.stop());

const WORD = '--by Kim --reason asked';
const status = async ({ orderId }: Order) => statusOf(await test.mustGet(orderId));
const refunds = () => test.stack.stripe.objects.refunds;
/** The hash that a command shows, in the last line that it prints: the command to give next. */
const shown = async (command: string): Promise<{ hash: string; stdout: string }> => {
  const { code, stdout } = await ops.run(command);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('✓ Nothing was done yet.\nTo do exactly this:'),
  ]);
  const [, hash = ''] = /--apply ([0-9a-f]{26}) --reason "<why>" --stage dev --local http/.exec(stdout) ?? [];
  return { hash, stdout };
};
const shownBy = async (command: string): Promise<string> => (await shown(command)).hash;
const linked = async (over: Parameters<TestStack['order']>[0] = {}) => {
  const order = await test.order(over);
  const url = (await fetch(test.payUrl(order), { redirect: 'manual' })).headers.get('location') ?? '';
  return { order, orderId: order.orderId, url };
};
/** A payment that Stripe takes for an order on a page that the order does not know. */
const payAtStripe = async (orderId: string): Promise<void> => {
  const stripe = stripeAt(test.stack.stripe);
  const metadata = { system: 'club-payments/dev', order_id: orderId };
  const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data }],
    metadata,
    payment_intent_data: { metadata },
    success_url: 'https://club.example/thanks',
  });
  await visitor.pay(session.url ?? '');
};

describe('npm run ops, about money', () => {
  it('shows a second payment, gives it back once it is confirmed with its sum, and then nothing needs a person', async () => {
    const { order, orderId, url } = await linked();
    await visitor.pay(url);
    await payAtStripe(orderId);
    await test.stack.settled();
    const listed = await ops.run('attention');
    expect(listed.code).toBe(1);
    const [, refundCommand = ''] =
      /give it back: npm run ops -- (refund .+?) --stage/.exec(listed.stdout) ?? [];
    expect(listed.stdout).toMatch(/✗ Order ord_0001 \(tournament\): Paid twice: .* \$55\.00, pi_\w+, since/);
    expect(refundCommand).toMatch(new RegExp(`^refund ${orderId} --payment pi_`));

    const { hash, stdout } = await shown(refundCommand);
    expect(stdout).toContain(`Order ${orderId}: $55.00 would be given back`);
    expect(stdout).toContain('needs a look (received $110.00 of $55.00) → paid (received $55.00 of $55.00)');
    const apply = `${refundCommand} --apply ${hash} ${WORD}`;
    const refused = await ops.run(apply, 'no\n');
    expect([refused.code, refused.stdout, refunds()]).toEqual([
      2,
      expect.stringContaining('Nothing was written.'),
      [],
    ]);
    const done = await ops.run(apply, 'yes\n');
    expect(done.stderr).toMatch(/Give back \$55\.00 to whoever paid pi_\w+ of order ord_0001\? Type yes: /);
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringMatching(/✓ \$55\.00 of pi_\w+ is given back \(re_\w+\)\. Order ord_0001: paid/),
    ]);
    expect((await ops.json(`${apply}`)).told).toMatchObject({ ok: true, done: { doneBefore: true } });
    await test.stack.settled();
    expect([await status(order), refunds().length]).toEqual(['paid', 1]);
    expect((await ops.json('attention')).code).toBe(0);
  });

  it('amends, divides what was paid in part, and refuses what is no longer what was shown', async () => {
    const order = await test.order({ period: '2026-05' });
    const { orderId } = order;
    const amend = `amend ${orderId} --amount 80.00`;
    const [hash, stale] = [await shownBy(amend), await shownBy(`cancel ${orderId}`)];
    const amended = await ops.run(`${amend} --apply ${hash} ${WORD}`, 'yes\n');
    expect(amended.stderr).toContain(`Change what order ${orderId} owes from $55.00 to $80.00? Type yes: `);
    expect(amended.stdout).toContain(': owed (received $0.00 of $80.00)');
    expect(await ops.run(`cancel ${orderId} --apply ${stale} ${WORD} --yes`)).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('it has changed since, or the command is another one'),
    });
    await payAtStripe(orderId);
    await test.stack.settled();
    const [item] = (await ops.json('attention --product tournament')).told.items as {
      ways: { command: string }[];
    }[];
    expect(item?.ways.map(({ command }) => command)).toEqual([
      `amend ${orderId} --rest`,
      `amend ${orderId} --amount 55.00`,
      expect.stringMatching(`refund ${orderId} --payment pi_`),
      expect.stringMatching(`settle ${orderId} wrong_amount:pi_`),
    ]);
    const enough = await ops.run(`amend ${orderId} --amount 55.00`);
    expect(enough.stdout).toMatch(/\$55\.00 will be owed for each of them too\. .* --rest --stage/s);
    const rest = await shownBy(`amend ${orderId} --rest`);
    const divided = await ops.run(`amend ${orderId} --rest --apply ${rest} ${WORD}`, 'yes\n');
    expect(divided.stderr).toContain('of $80.00 into two, of $55.00 and $25.00? Type yes: ');
    expect(divided.stdout).toContain(`What was missing is order ord_${rest}.`);
    expect([await status(order), (await test.mustGet(`ord_${rest}`)).period]).toEqual([
      'paid',
      '2026-05-rest',
    ]);
  });

  it('cancels, reopens and waives; a dispute is listed with its deadline first, and settled', async () => {
    const ended = await test.order();
    for (const [command, words] of [
      ['cancel', 'canceled'],
      ['reopen', 'owed'],
    ] as const) {
      const hash = await shownBy(`${command} ${ended.orderId}`);
      const { stdout } = await ops.run(`${command} ${ended.orderId} --apply ${hash} ${WORD} --yes`);
      expect(stdout).toContain(`Order ${ended.orderId}: ${words}`);
    }
    expect((await shown(`waive ${ended.orderId}`)).stdout).toContain('→ waived');
    const { orderId, url } = await linked();
    await visitor.pay(url);
    const paymentId = test.stack.stripe.objects.paymentIntents.at(-1)?.id ?? '';
    const dispute = test.stack.stripe.createDispute(paymentId);
    await test.stack.settled();
    const by = new Date((dispute.evidence_details.due_by ?? 0) * 1000)
      .toISOString()
      .slice(0, 16)
      .replace('T', ' ');
    const { stdout } = await ops.run('attention');
    expect(stdout).toContain(`Decide by ${by} UTC.`);
    expect(stdout).toContain(`https://dashboard.stripe.com/disputes/${dispute.id}`);
    expect(await ops.json(`refund ${orderId}`)).toMatchObject({
      code: 1,
      text: expect.stringContaining('has taken the money back already'),
    });
    const settle = `settle ${orderId} dispute:${dispute.id}`;
    await ops.run(`${settle} --apply ${await shownBy(settle)} ${WORD} --yes`);
    expect((await ops.json('attention')).code).toBe(0);
  });

  it('books a payment without an order on its order, and puts another aside', async () => {
    for (let n = 0; n < 2; n++) await payAtStripe('ord_lost');
    await test.stack.settled();
    const waits = (await ops.run('attention')).stdout;
    expect(waits).toContain(
      '2 payments came in that no order could be found for: a family has paid, and no order shows it.',
    );
    const { told } = await ops.json('unmatched list');
    const [one = '', other = ''] = (told.items as { stripeId: string }[]).map(({ stripeId }) => stripeId);
    expect(waits).toContain(`it is an order's: npm run ops -- unmatched assign ${one} <order> --stage`);
    const { orderId } = await test.order();
    const assign = `unmatched assign ${one} ${orderId}`;
    const assigned = await ops.run(`${assign} --apply ${await shownBy(assign)} ${WORD}`, 'yes\n');
    expect(assigned.stderr).toContain(`Book ${one} on order ${orderId}, a payment of $55.00?`);
    expect(assigned.stdout).toContain(`Order ${orderId}: paid (received $55.00 of $55.00)`);
    const settle = `unmatched settle ${other}`;
    await ops.run(`${settle} --apply ${await shownBy(settle)} ${WORD} --yes`);
    expect((await ops.run('unmatched list')).stdout).toBe('✓ Every payment has its order.\n');
  });

  it.each([
    ['refund ord_nobody', 1, 'There is no order "ord_nobody".'],
    ['refund ord_0001 --amount $5', 2, 'It is a number in the currency of the order, such as 40.00.'],
    ['amend ord_0001', 2, 'What is owed from now on?'],
    [`cancel ord_0001 --apply ${'0'.repeat(26)}`, 2, 'Why?'],
    ['cancel ord_0001 --apply 123', 2, 'Look again: the same command without --apply.'],
    ['unmatched settle pi_none', 1, 'is not among the payments without an order'],
    ['refund ord:1', 1, "This request can't be read. orderId: letters, digits, _ and - only"],
  ])('%s: exit code %i, %s', async (command, code, sentence) => {
    const ran = await ops.run(command);
    expect([ran.code, ran.stdout + ran.stderr]).toEqual([code, expect.stringContaining(sentence)]);
  });

  it('takes back the rest of a division that was cut off, when it is repeated after the order has moved', async () => {
    const { orderId, playerId } = await test.order({ orderId: 'cut-off', period: '2026-05' });
    const amend = `amend ${orderId} --amount 80.00`;
    await ops.run(`${amend} --apply ${await shownBy(amend)} ${WORD} --yes`);
    await payAtStripe(orderId);
    await test.stack.settled();
    const divide = `amend ${orderId} --rest`;
    const hash = await shownBy(divide);
    const restOf = { playerId, period: '2026-05-rest' };
    const rest = await test.order({ orderId: `ord_${hash}`, ...restOf });
    const paymentId = test.stack.stripe.objects.paymentIntents.at(-1)?.id ?? '';
    test.stack.stripe.dashboardRefund(paymentId, { amountMinor: 500 });
    await test.stack.settled();
    expect((await ops.run(`${divide} --apply ${hash} ${WORD} --yes`)).code).toBe(4);
    expect(await status(rest)).toBe('canceled');
  });
});
